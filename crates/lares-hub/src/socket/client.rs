//! The asking end of the socket.

use std::io::{Error, ErrorKind};
use std::path::Path;

use serde::Deserialize;
use serde_json::{Value as Json, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};

use super::SocketError;
use crate::api::problem::Problem;
use crate::api::request::Request;
use crate::api::update::Update;

/// A connection to a running hub.
#[derive(Debug)]
pub struct Client {
    lines: Lines<BufReader<OwnedReadHalf>>,
    writer: OwnedWriteHalf,
    asked: u64,
}

/// The stream of updates: a snapshot first, then deltas.
#[derive(Debug)]
pub struct Updates {
    client: Client,
}

#[derive(Deserialize)]
struct Answer {
    result: Option<Json>,
    problem: Option<Problem>,
    update: Option<Update>,
}

impl Client {
    /// To the hub that runs on this data directory.
    ///
    /// # Errors
    /// [`SocketError::NoHub`]; [`SocketError::Foreign`] if somebody else sits there.
    pub async fn connect(data: &Path) -> Result<Self, SocketError> {
        Self::connect_as(data, rustix::process::getuid().as_raw()).await
    }

    /// To the hub of the user with this id.
    async fn connect_as(data: &Path, user: u32) -> Result<Self, SocketError> {
        let stream = UnixStream::connect(super::path(data)).await.map_err(|error| match error.kind() {
            ErrorKind::NotFound | ErrorKind::ConnectionRefused => {
                SocketError::NoHub { data: data.to_owned() }
            }
            _ => SocketError::Io(error),
        })?;
        // A socket in a shared directory could be anybody's.
        if stream.peer_cred()?.uid() != user {
            return Err(SocketError::Foreign { data: data.to_owned() });
        }
        let (reader, writer) = stream.into_split();
        Ok(Self { lines: BufReader::new(reader).lines(), writer, asked: 0 })
    }

    /// Asks and waits for the answer: the bare content of `result`.
    ///
    /// # Errors
    /// [`SocketError::Refused`] with the problem; the hub stopped.
    pub async fn call(&mut self, request: &Request) -> Result<Json, SocketError> {
        let request =
            serde_json::to_value(request).map_err(|error| SocketError::Answer(error.to_string()))?;
        self.send(request).await?;
        let answer = self.answer().await?;
        answer.result.ok_or_else(|| SocketError::Answer("there is no result".into()))
    }

    /// Turns the connection into the stream of updates.
    ///
    /// # Errors
    /// The hub stopped.
    pub async fn subscribe(mut self) -> Result<Updates, SocketError> {
        self.send(json!({"method": "subscribe"})).await?;
        Ok(Updates { client: self })
    }

    async fn send(&mut self, mut request: Json) -> Result<(), SocketError> {
        self.asked += 1;
        request["id"] = json!(self.asked);
        let mut line = request.to_string();
        line.push('\n');
        self.writer.write_all(line.as_bytes()).await.map_err(closed)
    }

    async fn answer(&mut self) -> Result<Answer, SocketError> {
        let line = self.lines.next_line().await.map_err(closed)?.ok_or(SocketError::Closed)?;
        let answer: Answer =
            serde_json::from_str(&line).map_err(|error| SocketError::Answer(error.to_string()))?;
        match answer.problem {
            Some(problem) => Err(SocketError::Refused(Box::new(problem))),
            None => Ok(answer),
        }
    }
}

impl Updates {
    /// The next message.
    ///
    /// # Errors
    /// [`SocketError::Closed`] when the hub stops.
    pub async fn next(&mut self) -> Result<Update, SocketError> {
        let answer = self.client.answer().await?;
        answer.update.ok_or_else(|| SocketError::Answer("there is no update".into()))
    }
}

fn closed(error: Error) -> SocketError {
    match error.kind() {
        ErrorKind::BrokenPipe | ErrorKind::ConnectionReset => SocketError::Closed,
        _ => SocketError::Io(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_hub_of_another_user_is_not_spoken_to() {
        let dir = tempfile::tempdir().unwrap();
        let own = rustix::process::getuid().as_raw();
        assert!(matches!(Client::connect_as(dir.path(), own).await, Err(SocketError::NoHub { .. })));
        let _listener = tokio::net::UnixListener::bind(super::super::path(dir.path())).unwrap();
        assert!(Client::connect_as(dir.path(), own).await.is_ok());
        assert!(matches!(Client::connect_as(dir.path(), own + 1).await, Err(SocketError::Foreign { .. })));
    }
}
