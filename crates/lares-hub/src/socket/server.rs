//! The answering end of the socket.

use std::fs;
use std::io;
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value as Json, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::api::problem::{Code, Problem};
use crate::caller::Caller;
use crate::handle::HubHandle;
use crate::wire::{REQUEST_BYTES_MAX, json_of, request_of};

/// Connections at once; the next ones wait.
const CONNECTIONS_MAX: usize = 64;
/// Requests of one connection that are worked on at once; reading waits beyond that.
const REQUESTS_MAX: usize = 32;
/// Lines that may wait for one reader.
const LINES_MAX: usize = 64;
/// A reader that takes nothing for so long is given up.
const WRITE_MAX: Duration = Duration::from_secs(20);
/// After an error of the system, such as too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// Serves until `stop`. The caller holds the lock of the data directory, so a socket that lies there is a dead one.
///
/// None if there can be no socket; the hub runs all the same.
pub(crate) fn serve(data: &Path, handle: HubHandle, stop: CancellationToken) -> Option<JoinHandle<()>> {
    let path = super::path(data);
    let listener = match bind(&path) {
        Ok(listener) => listener,
        Err(error) => {
            tracing::error!(path = %path.display(), %error, "the command line cannot talk to this hub");
            return None;
        }
    };
    Some(tokio::spawn(async move {
        accept(&listener, &handle, &stop, rustix::process::getuid().as_raw()).await;
        drop(listener);
        // One that stays is removed at the next start.
        _ = fs::remove_file(&path);
    }))
}

fn bind(path: &Path) -> io::Result<UnixListener> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.file_type().is_socket() => fs::remove_file(path)?,
        Ok(_) => return Err(io::Error::other("something that is no socket lies there")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let listener = UnixListener::bind(path)?;
    // Until here another user might connect; who does is looked at for each connection.
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Lets the user with this id in, and nobody else.
async fn accept(listener: &UnixListener, handle: &HubHandle, stop: &CancellationToken, owner: u32) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let next = async {
            let place = places.clone().acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            () = stop.cancelled() => return,
            next = next => next,
        };
        let (Ok(place), Ok((stream, _))) = (place, accepted) else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        if stream.peer_cred().is_ok_and(|peer| peer.uid() == owner) {
            connections.spawn(connection(stream, handle.clone(), stop.clone(), place));
        }
    }
}

async fn connection(
    stream: UnixStream,
    handle: HubHandle,
    stop: CancellationToken,
    _place: OwnedSemaphorePermit,
) {
    let (reader, writer) = stream.into_split();
    let (lines, outbox) = mpsc::channel(LINES_MAX);
    tokio::select! {
        () = stop.cancelled() => {}
        ((), ()) = async { tokio::join!(read(reader, handle, lines), write(writer, outbox)) } => {}
    }
}

/// Reads requests until the other end closes its half, then sees the answers through that are under way.
async fn read(reader: OwnedReadHalf, handle: HubHandle, lines: mpsc::Sender<String>) {
    let mut reader = BufReader::new(reader);
    let mut tasks = JoinSet::new();
    let mut line = Vec::new();
    let limit = REQUEST_BYTES_MAX as u64 + 1;
    loop {
        line.clear();
        let mut limited = (&mut reader).take(limit);
        let read = tokio::select! {
            () = lines.closed() => return,
            read = limited.read_until(b'\n', &mut line) => read,
        };
        match read {
            Ok(0) | Err(_) => break,
            Ok(read) if read as u64 == limit => {
                let problem =
                    Problem::new(Code::TooLarge, format!("a line has {REQUEST_BYTES_MAX} bytes at most"));
                _ = lines.send(json!({"problem": problem}).to_string()).await;
                break;
            }
            Ok(_) if line.trim_ascii().is_empty() => continue,
            Ok(_) => {}
        }
        while tasks.len() >= REQUESTS_MAX {
            tasks.join_next().await;
        }
        while tasks.try_join_next().is_some() {}
        tasks.spawn(answer(line.clone(), handle.clone(), lines.clone()));
    }
    while tasks.join_next().await.is_some() {}
}

async fn answer(line: Vec<u8>, handle: HubHandle, lines: mpsc::Sender<String>) {
    let mut id = Json::Null;
    let outcome = match json_of(&line) {
        Ok(mut json) => {
            id = json.get_mut("id").map_or(Json::Null, Json::take);
            if json.get("method").is_some_and(|method| method == "subscribe") {
                forward(id, handle, lines).await;
                return;
            }
            match request_of(json) {
                Ok(request) => handle.call(&Caller::local(), request).await,
                Err(problem) => Err(problem),
            }
        }
        Err(problem) => Err(problem),
    };
    let mut answer = match outcome {
        Ok(response) => json!({"result": response}),
        Err(problem) => json!({"problem": problem}),
    };
    if !id.is_null() {
        answer["id"] = id;
    }
    _ = lines.send(answer.to_string()).await;
}

async fn forward(id: Json, handle: HubHandle, lines: mpsc::Sender<String>) {
    let Ok(mut updates) = handle.subscribe().await else { return };
    loop {
        let update = tokio::select! {
            () = lines.closed() => return,
            update = updates.recv() => update,
        };
        let Some(update) = update else { return };
        let mut line = json!({"update": &*update});
        if !id.is_null() {
            line["id"] = id.clone();
        }
        if lines.send(line.to_string()).await.is_err() {
            return;
        }
    }
}

/// Writes lines until nobody sends any more. Gives up a reader that takes nothing.
async fn write(mut writer: OwnedWriteHalf, mut outbox: mpsc::Receiver<String>) {
    while let Some(mut line) = outbox.recv().await {
        line.push('\n');
        match tokio::time::timeout(WRITE_MAX, writer.write_all(line.as_bytes())).await {
            Ok(Ok(())) => {}
            _ => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::tests::stage::Stage;

    /// What comes back for a question, if the hub belongs to this user.
    async fn asked_of(owner: u32) -> String {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lares.sock");
        let listener = bind(&path).unwrap();
        let (handle, stop) = (Stage::new().site.handle.clone(), CancellationToken::new());
        let server = tokio::spawn({
            let stop = stop.clone();
            async move { accept(&listener, &handle, &stop, owner).await }
        });
        let mut stream = UnixStream::connect(&path).await.unwrap();
        // Whoever is turned away may find the door closed already.
        _ = stream
            .write_all(b"{\"id\": 1, \"method\": \"device\", \"params\": {\"device\": \"lamp\"}}\n")
            .await;
        _ = stream.shutdown().await;
        let mut answer = String::new();
        _ = stream.read_to_string(&mut answer).await;
        stop.cancel();
        server.await.unwrap();
        answer
    }

    #[tokio::test]
    async fn only_the_user_whose_hub_it_is_gets_an_answer() {
        let own = rustix::process::getuid().as_raw();
        assert!(asked_of(own).await.contains("test:lamp"));
        assert_eq!(asked_of(own + 1).await, "");
    }
}
