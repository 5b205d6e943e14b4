//! What every handler shares.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::handle::HubHandle;
use crate::tokens::Tokens;

/// Streams at once, so that there is always room for requests beside them.
const STREAMS_MAX: usize = 128;

/// What HTTP needs of the hub.
#[derive(Clone, Debug)]
pub struct HttpContext {
    /// The hub.
    pub handle: HubHandle,
    /// Who may ask.
    pub tokens: Tokens,
}

/// The state of the router.
pub type Shared = Arc<Site>;

/// What every handler shares.
#[derive(Debug)]
pub struct Site {
    /// The hub.
    pub handle: HubHandle,
    /// Who may ask.
    pub tokens: Tokens,
    /// Where it listens.
    pub address: SocketAddr,
    /// Cancelled when the hub stops.
    pub stop: CancellationToken,
    /// Places for streams.
    pub streams: Arc<Semaphore>,
}

impl Site {
    /// Around a context.
    pub fn new(context: HttpContext, address: SocketAddr, stop: CancellationToken) -> Shared {
        let HttpContext { handle, tokens } = context;
        Arc::new(Self { handle, tokens, address, stop, streams: Arc::new(Semaphore::new(STREAMS_MAX)) })
    }

    /// The origin that Thing Descriptions name.
    pub fn base(&self) -> String {
        format!("http://{}", self.address)
    }
}
