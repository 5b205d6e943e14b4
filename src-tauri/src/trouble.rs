//! The page that is shown when no hub can be had: why, and a way to try again. It is plain HTML without any rights, on a
//! scheme of its own, so that it works when nothing else does.

use tauri::http::{Response, header};

use crate::shell::Shell;

/// The scheme of this one page.
pub const SCHEME: &str = "trouble";

const PAGE: &str = include_str!("trouble.html");

/// Where the page is. WebView2 knows schemes of one's own only as hosts.
pub const URL: &str = if cfg!(windows) { "http://trouble.localhost/" } else { "trouble://localhost/" };

/// The page with what went wrong last.
pub fn response(shell: &Shell) -> Response<Vec<u8>> {
    let body = page(&shell.failure().unwrap_or_default()).into_bytes();
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        header::HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'"),
    );
    response
}

fn page(reason: &str) -> String {
    let reason = reason.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    PAGE.replace("{{again}}", crate::window::DASHBOARD).replace("{{reason}}", &reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_is_shown_as_text_whatever_is_in_it() {
        let page = page("failed to read <script> & {{again}}");
        assert!(page.contains("failed to read &lt;script&gt; &amp; {{again}}"), "{page}");
        assert!(page.contains(&format!("href=\"{}\"", crate::window::DASHBOARD)), "{page}");
        assert!(!page.contains("{{reason}}"), "{page}");
    }
}
