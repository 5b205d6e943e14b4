//! A look at the first bytes of a connection, before any of it reaches the MQTT library.
//!
//! Only whether they begin a CONNECT packet of acceptable size is decided here; the bytes stay in the socket.

use std::io;
use std::time::Duration;

use tokio::net::TcpStream;

/// The fixed header of an MQTT packet: a type byte and a length of one to four bytes (MQTT 5.0, section 2.1).
const HEADER_MAX: usize = 5;

/// Pause when only a part of the header is there: a socket with bytes left in it reports ready at once.
const RETRY: Duration = Duration::from_millis(10);

/// What the first bytes are.
#[derive(Debug, PartialEq, Eq)]
enum Header {
    /// A CONNECT packet of so many bytes, header included.
    Connect(usize),
    /// The beginning of what may become one.
    Incomplete,
    /// No CONNECT packet.
    Other,
}

/// Waits for the first bytes and says whether they begin a CONNECT packet of at most `bytes_max`.
///
/// The caller bounds the time. An error is the socket's; a closed socket is no greeting.
pub(super) async fn is_connect(stream: &TcpStream, bytes_max: usize) -> io::Result<bool> {
    let mut bytes = [0; HEADER_MAX];
    loop {
        let count = stream.peek(&mut bytes).await?;
        match header(&bytes[..count]) {
            Header::Connect(len) => return Ok(len <= bytes_max),
            Header::Other => return Ok(false),
            Header::Incomplete if count == 0 => return Ok(false),
            Header::Incomplete => tokio::time::sleep(RETRY).await,
        }
    }
}

fn header(bytes: &[u8]) -> Header {
    let Some((&first, length)) = bytes.split_first() else { return Header::Incomplete };
    if first != 0x10 {
        return Header::Other;
    }
    let mut len = 0;
    for (index, byte) in length.iter().enumerate().take(HEADER_MAX - 1) {
        len |= usize::from(byte & 0x7F) << (7 * index);
        if byte & 0x80 == 0 {
            return Header::Connect(len + index + 2);
        }
    }
    if length.len() < HEADER_MAX - 1 { Header::Incomplete } else { Header::Other }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fixed_header_is_read_as_the_specification_says() {
        for (bytes, expected) in [
            (&[][..], Header::Incomplete),
            (&[0x10], Header::Incomplete),
            (&[0x10, 0x80], Header::Incomplete),
            (&[0x10, 0x0C, 0x00], Header::Connect(14)),
            (&[0x10, 0x80, 0x01], Header::Connect(131)),
            (&[0x10, 0xFF, 0xFF, 0xFF, 0x7F], Header::Connect(268_435_460)),
            (&[0x10, 0xFF, 0xFF, 0xFF, 0xFF], Header::Other),
            (b"GET /", Header::Other),
            (&[0x16, 0x03, 0x01], Header::Other),
            (&[0x12, 0x0C], Header::Other),
            (&[0x30, 0x02], Header::Other),
        ] {
            assert_eq!(header(bytes), expected, "{bytes:02x?}");
        }
    }
}
