//! How to reach a broker: options of a link, and reading them from a URL.

use std::time::Duration;

use rumqttc::MqttOptions;

/// The largest packet that is taken. All 5,249 models of Zigbee2MQTT in one list are 20.7 MB; 5,000 devices
/// of the larger kind may be more.
const PACKET_IN_MAX: usize = 64 * 1024 * 1024;

/// The largest packet that is sent.
const PACKET_OUT_MAX: usize = 1024 * 1024;

/// A broker that is frozen rather than gone is noticed after two of these.
const KEEP_ALIVE: Duration = Duration::from_secs(2);

/// How to reach a broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkOptions {
    /// Name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// User name and password.
    pub credentials: Option<(String, String)>,
    /// The name of the session; a broker ends an older connection of the same.
    pub client_id: String,
    /// How many packets may wait to be sent; beyond, publishing is refused.
    pub queue: usize,
}

/// Why a URL names no broker.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// It begins otherwise.
    #[error("an MQTT address begins with mqtt://, as in mqtt://user:password@host:1883")]
    Scheme,
    /// Encryption was asked for.
    #[error("encrypted MQTT (mqtts://) is not supported yet; use mqtt:// within the home network")]
    Encrypted,
    /// No host.
    #[error("the MQTT address has no host")]
    Host,
    /// The port is no number from 1 to 65535.
    #[error("{0} is no port")]
    Port(String),
    /// More than host and port.
    #[error("the MQTT address ends after the port; {0} is too much")]
    Path(String),
    /// A `%` that is not followed by two hexadecimal digits, or no text.
    #[error("the user or password is not written as in a URL; write % as %25")]
    Encoding,
}

impl LinkOptions {
    /// A broker without credentials.
    pub fn new(host: impl Into<String>, port: u16, client_id: impl Into<String>) -> Self {
        Self { host: host.into(), port, credentials: None, client_id: client_id.into(), queue: 1024 }
    }

    /// Reads `mqtt://[user[:password]@]host[:port]`. User and password may be percent-encoded; an IPv6 address
    /// stands in brackets; the port is 1883 if it is not given.
    ///
    /// # Errors
    /// [`UrlError`] says what is wrong. It never repeats the password.
    pub fn from_url(url: &str, client_id: impl Into<String>) -> Result<Self, UrlError> {
        let rest = match url.trim().split_once("://") {
            Some(("mqtt" | "tcp", rest)) => rest,
            Some(("mqtts" | "ssl" | "tls" | "wss", _)) => return Err(UrlError::Encrypted),
            _ => return Err(UrlError::Scheme),
        };
        // A password may hold an @ that somebody forgot to encode; a host cannot.
        let (login, rest) = match rest.rsplit_once('@') {
            Some((login, rest)) => (Some(login), rest),
            None => (None, rest),
        };
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        if !path.is_empty() {
            return Err(UrlError::Path(path.chars().take(40).collect()));
        }
        let (host, port) = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((host, port)) => (host, port.strip_prefix(':')),
            None => match authority.rsplit_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (authority, None),
            },
        };
        if host.is_empty() {
            return Err(UrlError::Host);
        }
        let port = match port {
            None => 1883,
            Some(text) => match text.parse() {
                Ok(port) if port > 0 => port,
                _ => return Err(UrlError::Port(text.chars().take(20).collect())),
            },
        };
        let mut options = Self::new(host, port, client_id);
        if let Some(login) = login {
            let (user, password) = login.split_once(':').unwrap_or((login, ""));
            options.credentials = Some((decode(user)?, decode(password)?));
        }
        Ok(options)
    }

    /// The same for rumqttc.
    pub(crate) fn to_rumqttc(&self) -> MqttOptions {
        // rumqttc puts host and port together with a colon.
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        let mut options = MqttOptions::new(&self.client_id, host, self.port);
        options.set_max_packet_size(PACKET_IN_MAX, PACKET_OUT_MAX);
        options.set_keep_alive(KEEP_ALIVE);
        // What was missed is asked for again; an old session would only replay it, old commands included.
        options.set_clean_session(true);
        options.set_request_channel_capacity(self.queue);
        if let Some((user, password)) = &self.credentials {
            options.set_credentials(user, password);
        }
        options
    }
}

fn decode(text: &str) -> Result<String, UrlError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let digits = rest.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()).ok_or(UrlError::Encoding)?;
        bytes.push(byte);
        rest = &rest[2..];
    }
    String::from_utf8(bytes).map_err(|_| UrlError::Encoding)
}

#[cfg(test)]
mod tests {
    use super::*;

    type Login = Option<(String, String)>;

    fn read(url: &str) -> Result<(String, u16, Login), UrlError> {
        let options = LinkOptions::from_url(url, "test")?;
        Ok((options.host, options.port, options.credentials))
    }

    #[test]
    fn a_url_names_host_port_and_login() {
        let login = |user: &str, password: &str| Some((user.to_owned(), password.to_owned()));
        for (url, host, port, credentials) in [
            ("mqtt://localhost", "localhost", 1883, None),
            ("mqtt://localhost/", "localhost", 1883, None),
            (" mqtt://10.0.0.2:1884 ", "10.0.0.2", 1884, None),
            ("mqtt://ada:s3cret@hub:1883", "hub", 1883, login("ada", "s3cret")),
            ("mqtt://ada@hub", "hub", 1883, login("ada", "")),
            ("mqtt://ada:a%3Ab%40c@hub", "hub", 1883, login("ada", "a:b@c")),
            ("mqtt://ada:p@ss@hub", "hub", 1883, login("ada", "p@ss")),
            ("mqtt://[::1]:1883", "::1", 1883, None),
            ("tcp://[fe80::1]", "fe80::1", 1883, None),
        ] {
            assert_eq!(read(url), Ok((host.into(), port, credentials)), "{url}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_url_is_said_without_the_password() {
        for (url, error) in [
            ("localhost:1883", UrlError::Scheme),
            ("http://localhost", UrlError::Scheme),
            ("mqtts://localhost", UrlError::Encrypted),
            ("mqtt://:1883", UrlError::Host),
            ("mqtt://a:s3cret@hub:99999", UrlError::Port("99999".into())),
            ("mqtt://hub:0", UrlError::Port("0".into())),
            ("mqtt://hub/base", UrlError::Path("base".into())),
            ("mqtt://a:%zz@hub", UrlError::Encoding),
            ("mqtt://a:%f@hub", UrlError::Encoding),
            ("mqtt://a:%ff@hub", UrlError::Encoding),
        ] {
            let found = read(url).unwrap_err();
            assert_eq!(found, error, "{url}");
            assert!(!found.to_string().contains("s3cret"));
        }
    }
}
