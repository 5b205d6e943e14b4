//! The window of Lares: a thin shell. It starts the hub in its own process, or finds the one that runs already, and
//! carries the API's words between it and the pages. It decides nothing, and can do nothing that the API cannot.

// A console window beside the real one helps nobody on Windows.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod arguments;
mod commands;
mod forward;
mod link;
mod shell;
mod trouble;
mod window;

use std::sync::Arc;
use std::time::Duration;

use clap::Parser as _;
use tauri::{AppHandle, Manager as _, RunEvent};

use crate::arguments::Arguments;
use crate::shell::Shell;

/// What the hub gets to write everything down before the process ends.
const STOP_WAIT_MAX: Duration = Duration::from_secs(3);

fn main() -> Result<(), tauri::Error> {
    let arguments = Arguments::parse();
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
        .with_env_filter(arguments.log_filter())
        .with_target(false)
        .init();
    let app = tauri::Builder::default()
        .manage(Arc::new(Shell::new(arguments.hub_config())))
        .invoke_handler(tauri::generate_handler![commands::call, commands::subscribe, commands::took])
        .register_uri_scheme_protocol(trouble::SCHEME, |context, _| {
            trouble::response(&context.app_handle().state::<Arc<Shell>>())
        })
        .setup(|app| {
            window::open(app.handle())?;
            shell::open(app.handle());
            end_with_signals(app.handle());
            Ok(())
        })
        .build(tauri::generate_context!())?;
    app.run(|app, event| {
        if let RunEvent::ExitRequested { api, code, .. } = event
            && let Some(hub) = app.state::<Arc<Shell>>().end()
        {
            // The window is gone at once; the process follows when all is on disk.
            api.prevent_exit();
            let app = app.clone();
            tauri::async_runtime::spawn(async move {
                if tokio::time::timeout(STOP_WAIT_MAX, hub.stop()).await.is_err() {
                    tracing::warn!("the hub took too long to stop; what was acknowledged is on disk");
                }
                app.exit(code.unwrap_or(0));
            });
        }
    });
    Ok(())
}

/// The end of a session, or Ctrl-C in a terminal, is an orderly end too.
#[cfg(unix)]
fn end_with_signals(app: &AppHandle) {
    use tokio::signal::unix::{SignalKind, signal};
    for kind in [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()] {
        let app = app.clone();
        tauri::async_runtime::spawn(async move {
            match signal(kind) {
                Ok(mut signal) => {
                    signal.recv().await;
                    app.exit(0);
                }
                Err(error) => tracing::warn!("failed to listen for {kind:?}: {error}"),
            }
        });
    }
}

#[cfg(not(unix))]
fn end_with_signals(_app: &AppHandle) {}
