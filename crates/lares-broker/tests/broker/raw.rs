//! Packets written by hand, for what no well-behaved client would send.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::fixture::{Login, soon};

/// An MQTT 3.1.1 packet: type byte, length, body.
pub fn packet(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut packet = vec![kind];
    let mut len = body.len();
    loop {
        let byte = u8::try_from(len % 128).unwrap();
        len /= 128;
        packet.push(if len > 0 { byte | 0x80 } else { byte });
        if len == 0 {
            break;
        }
    }
    packet.extend_from_slice(body);
    packet
}

pub fn text(text: &str) -> Vec<u8> {
    let mut bytes = u16::try_from(text.len()).unwrap().to_be_bytes().to_vec();
    bytes.extend_from_slice(text.as_bytes());
    bytes
}

pub fn connect(login: &Login, client_id: &str) -> Vec<u8> {
    let mut body = text("MQTT");
    // Level 4; user name, password and clean session; keep alive 60 s.
    body.extend_from_slice(&[4, 0xC2, 0, 60]);
    for part in [client_id, &login.user, &login.password] {
        body.extend(text(part));
    }
    packet(0x10, &body)
}

pub fn subscribe(filter: &str, qos: u8) -> Vec<u8> {
    let mut body = vec![0, 1];
    body.extend(text(filter));
    body.push(qos);
    packet(0x82, &body)
}

/// A publish at QoS 1 or 2.
pub fn publish(topic: &str, qos: u8, id: u8) -> Vec<u8> {
    let mut body = text(topic);
    body.extend_from_slice(&[0, id, b'x']);
    packet(0x30 | qos << 1, &body)
}

/// A signed-in socket that has read its CONNACK.
pub async fn signed_in(login: &Login, client_id: &str) -> TcpStream {
    let mut socket = TcpStream::connect(login.addr).await.unwrap();
    socket.write_all(&connect(login, client_id)).await.unwrap();
    let mut answer = [0; 4];
    soon("CONNACK", socket.read_exact(&mut answer)).await.unwrap();
    assert_eq!(answer, [0x20, 2, 0, 0]);
    socket
}

/// Waits until the broker has closed the socket, whatever it sends before.
pub async fn closed(mut socket: TcpStream) {
    let mut rest = Vec::new();
    // A reset is a close as well.
    let _ = soon("the broker to close the socket", socket.read_to_end(&mut rest)).await;
}
