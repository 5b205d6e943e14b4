//! The three commands of the pages. `ui/src/lib/api/tauri.ts` is their other end.

use std::sync::Arc;

use lares_hub::api::problem::Problem;
use lares_hub::api::request::Request;
use lares_hub::api::update::Update;
use serde_json::Value;
use tauri::ipc::Channel;
use tauri::{AppHandle, State};

use crate::forward::{End, forward};
use crate::shell::{self, Shell};

/// Asks the hub for something and waits for what becomes of it.
#[tauri::command]
pub async fn call(shell: State<'_, Arc<Shell>>, request: Request) -> Result<Value, Problem> {
    shell.link().await?.call(request).await
}

/// The page has taken so many batches of this channel in all. What it has not taken bounds what is sent.
#[tauri::command]
#[expect(clippy::needless_pass_by_value, reason = "a command is handed its state by value")]
pub fn took(shell: State<'_, Arc<Shell>>, channel: u32, batches: u64) {
    shell.took(channel, batches);
}

/// Sends the stream of updates into the channel, a snapshot first. It resolves when another subscription or another page
/// has taken its place, and rejects when the hub is gone; then the page subscribes again.
#[tauri::command]
pub async fn subscribe(
    app: AppHandle,
    shell: State<'_, Arc<Shell>>,
    channel: Channel<Vec<Arc<Update>>>,
) -> Result<(), Problem> {
    let superseded = shell.supersede();
    let taken = shell.taken_from(channel.id());
    let link = shell.link().await?;
    let Ok(updates) = link.subscribe().await else { return Err(shell::lost(&app, &link)) };
    match forward(updates, superseded, taken, |batch| channel.send(batch).is_ok()).await {
        End::Superseded => Ok(()),
        End::HubGone => Err(shell::lost(&app, &link)),
    }
}
