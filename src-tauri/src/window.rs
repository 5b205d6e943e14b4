//! The one window: its size, what it may show, and what happens when a page is loaded.

use std::sync::Arc;

use tauri::webview::PageLoadEvent;
use tauri::{AppHandle, Manager as _, Url, WebviewUrl, WebviewWindow, WebviewWindowBuilder};

use crate::shell::{self, Shell};
use crate::trouble;

/// The label by which the capability knows the window.
const LABEL: &str = "main";

/// The address of the dashboard in the window.
pub const DASHBOARD: &str = if tauri::is_dev() {
    "http://localhost:5173/"
} else if cfg!(windows) {
    "http://tauri.localhost/"
} else {
    "tauri://localhost/"
};

/// Opens the window with the dashboard. It is shown when the page is there, so that it does not flash white.
pub fn open(app: &AppHandle) -> tauri::Result<WebviewWindow> {
    let on_page_load_app = app.clone();
    WebviewWindowBuilder::new(app, LABEL, WebviewUrl::default())
        .title("Lares")
        .inner_size(1200.0, 800.0)
        .min_inner_size(360.0, 480.0)
        .visible(false)
        // The window shows Lares and nothing else, whatever a page asks for.
        .on_navigation(is_ours)
        .on_page_load(move |window, load| match load.event() {
            PageLoadEvent::Started => page_starts(&on_page_load_app, load.url()),
            PageLoadEvent::Finished => {
                if let Err(error) = window.show() {
                    tracing::warn!("failed to show the window: {error}");
                }
            }
        })
        .build()
}

/// Shows why there is no hub.
pub fn show_trouble(app: &AppHandle) {
    let shown = app
        .get_webview_window(LABEL)
        .zip(trouble::URL.parse().ok())
        .map(|(window, url)| window.navigate(url));
    if let Some(Err(error)) = shown {
        tracing::error!("failed to show it in the window: {error}");
    }
}

/// By scheme, host and port: the address of a scheme of one's own may come with a path or with none at all.
fn is_ours(url: &Url) -> bool {
    let place = |url: &Url| (url.scheme().to_owned(), url.host_str().map(str::to_owned), url.port());
    [DASHBOARD, trouble::URL]
        .iter()
        .filter_map(|ours| ours.parse().ok())
        .any(|ours| place(&ours) == place(url))
}

fn page_starts(app: &AppHandle, url: &Url) {
    let shell = app.state::<Arc<Shell>>();
    // Subscriptions belong to the page that made them.
    shell.supersede();
    if !url.as_str().starts_with(trouble::URL.trim_end_matches('/')) && shell.failure().is_some() {
        shell::open(app);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_goes_nowhere_but_to_its_own_pages() {
        let may = |url: &str| is_ours(&url.parse().unwrap());
        for ours in
            [DASHBOARD, DASHBOARD.trim_end_matches('/'), &format!("{DASHBOARD}index.html#/add"), trouble::URL]
        {
            assert!(may(ours), "{ours}");
        }
        for foreign in
            ["https://example.org/", "file:///etc/passwd", "tauri://localhost.example.org/", "about:blank"]
        {
            assert!(!may(foreign), "{foreign}");
        }
    }
}
