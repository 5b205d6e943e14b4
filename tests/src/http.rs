//! A small HTTP client: one request on one connection, and nothing that a test could not send wrongly on purpose.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Longer than any answer takes, a command's own time-out included.
const PATIENCE: Duration = Duration::from_secs(30);

/// Who asks whom.
#[derive(Clone, Debug)]
pub struct Client {
    /// Where the hub listens.
    pub address: SocketAddr,
    /// A bearer token, or none.
    pub token: Option<String>,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as JSON; null when it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header, by its name in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl Client {
    /// Without a token.
    #[must_use]
    pub fn nobody(address: SocketAddr) -> Self {
        Self { address, token: None }
    }

    /// With this token.
    #[must_use]
    pub fn with_token(address: SocketAddr, token: impl Into<String>) -> Self {
        Self { address, token: Some(token.into()) }
    }

    /// Reads.
    ///
    /// # Panics
    /// When there is no answer.
    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], b"").await
    }

    /// Writes the bare value.
    ///
    /// # Panics
    /// When there is no answer.
    pub async fn put(&self, path: &str, value: &Value) -> Answer {
        self.send("PUT", path, &[("content-type", "application/json")], value.to_string().as_bytes()).await
    }

    /// Posts JSON.
    ///
    /// # Panics
    /// When there is no answer.
    pub async fn post(&self, path: &str, value: &Value) -> Answer {
        self.send("POST", path, &[("content-type", "application/json")], value.to_string().as_bytes()).await
    }

    /// Sends anything. `headers` take the place of those that would be sent by default.
    ///
    /// # Panics
    /// When there is no answer.
    pub async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        timeout(PATIENCE, self.exchange(method, path, headers, body))
            .await
            .unwrap_or_else(|_| panic!("{method} {path}: no answer within {PATIENCE:?}"))
            .unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    async fn exchange(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> std::io::Result<Answer> {
        let own = |name: &str| headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
        let mut head =
            format!("{method} {path} HTTP/1.1\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
        if !own("host") {
            head += &format!("host: {}\r\n", self.address);
        }
        if let Some(token) = self.token.as_ref().filter(|_| !own("authorization")) {
            head += &format!("authorization: Bearer {token}\r\n");
        }
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        let mut connection = TcpStream::connect(self.address).await?;
        connection.write_all(format!("{head}\r\n").as_bytes()).await?;
        // A body that is refused while it is sent has its answer all the same.
        let _ = connection.write_all(body).await;
        let mut answer = Vec::new();
        if let Err(error) = connection.read_to_end(&mut answer).await
            && answer.is_empty()
        {
            return Err(error);
        }
        parse(&answer).ok_or_else(|| std::io::Error::other("that is no HTTP answer"))
    }
}

fn parse(bytes: &[u8]) -> Option<Answer> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&bytes[..end]).ok()?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_lowercase(), value.trim().to_owned()))
        .collect();
    let chunked = headers.iter().any(|(name, value)| name == "transfer-encoding" && value == "chunked");
    let body = &bytes[end + 4..];
    Some(Answer { status, headers, body: if chunked { unchunk(body)? } else { body.to_vec() } })
}

fn unchunk(mut body: &[u8]) -> Option<Vec<u8>> {
    let mut whole = Vec::new();
    loop {
        let line = body.windows(2).position(|window| window == b"\r\n")?;
        let length = usize::from_str_radix(std::str::from_utf8(&body[..line]).ok()?.trim(), 16).ok()?;
        if length == 0 {
            return Some(whole);
        }
        whole.extend_from_slice(body.get(line + 2..line + 2 + length)?);
        body = body.get(line + 4 + length..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_with_and_without_chunks() {
        let plain = parse(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}").unwrap();
        assert_eq!(
            (plain.status, plain.text().as_str(), plain.header("content-length")),
            (200, "{}", Some("2"))
        );
        let chunked = b"HTTP/1.1 404 No\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n";
        assert_eq!(parse(chunked).unwrap().text(), "abcd");
        assert!(parse(b"HTTP/1.1 200").is_none());
    }
}
