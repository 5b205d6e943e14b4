//! A wire that can be cut: a TCP proxy before a broker, so that the broker seems to go and to come back.

use std::net::SocketAddr;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// The wire.
pub struct Proxy {
    /// Where to connect to.
    pub address: SocketAddr,
    behind: SocketAddr,
    task: JoinHandle<()>,
}

impl Proxy {
    /// Lays a wire to `behind`.
    ///
    /// # Panics
    /// When no port is free.
    pub async fn start(behind: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("there is a free port");
        let address = listener.local_addr().expect("it listens");
        Self { address, behind, task: tokio::spawn(carry(listener, behind)) }
    }

    /// Cuts it: connections end, and new ones are refused.
    pub async fn cut(&mut self) {
        self.task.abort();
        // It has ended when this returns, and with it all that it carried.
        let _ = (&mut self.task).await;
    }

    /// Mends it.
    ///
    /// # Panics
    /// When somebody else has taken the port.
    pub async fn mend(&mut self) {
        let listener = TcpListener::bind(self.address).await.expect("the port is still free");
        self.task = tokio::spawn(carry(listener, self.behind));
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn carry(listener: TcpListener, behind: SocketAddr) {
    // Dropped with this future, and then every connection ends.
    let mut connections = JoinSet::new();
    while let Ok((mut near, _)) = listener.accept().await {
        connections.spawn(async move {
            let Ok(mut far) = TcpStream::connect(behind).await else { return };
            let _ = near.set_nodelay(true).and_then(|()| far.set_nodelay(true));
            // How it ended does not matter.
            let _ = copy_bidirectional(&mut near, &mut far).await;
        });
    }
}
