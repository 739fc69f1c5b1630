//! `GET /docs`: the API as a page. Swagger UI draws it in the browser from `GET /openapi.json`; this program carries it.

use axum::http::{HeaderName, header};
use axum::response::IntoResponse;

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("../../../../vendor/swagger-ui/swagger-ui.css");
const VIEWER: &str =
    concat!(include_str!("../../../../vendor/swagger-ui/swagger-ui-bundle.js"), include_str!("start.js"));

/// Everything comes from this service. The style has its pictures in it as `data:`.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The headers of each file.
fn headers(media_type: &'static str) -> [(HeaderName, &'static str); 5] {
    [
        (header::CONTENT_TYPE, media_type),
        (header::CACHE_CONTROL, "public, max-age=3600"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
    ]
}

/// This description as a page.
#[utoipa::path(get, path = "/docs", tag = "operations", operation_id = "docs",
    responses((status = 200, body = String, content_type = "text/html")))]
pub async fn page() -> impl IntoResponse {
    (headers("text/html; charset=utf-8"), PAGE)
}

/// What draws the page.
#[utoipa::path(get, path = "/docs/viewer.js", tag = "operations", operation_id = "docs_viewer",
    responses((status = 200, body = String, content_type = "text/javascript")))]
pub async fn viewer() -> impl IntoResponse {
    (headers("text/javascript; charset=utf-8"), VIEWER)
}

/// The style of the page.
#[utoipa::path(get, path = "/docs/viewer.css", tag = "operations", operation_id = "docs_style",
    responses((status = 200, body = String, content_type = "text/css")))]
pub async fn style() -> impl IntoResponse {
    (headers("text/css; charset=utf-8"), STYLE)
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    #[test]
    fn the_viewer_is_the_published_one() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/vendor/swagger-ui");
        let readme = std::fs::read_to_string(format!("{folder}/README.md")).unwrap();
        for file in ["swagger-ui-bundle.js", "swagger-ui.css"] {
            let digest = Sha256::digest(std::fs::read(format!("{folder}/{file}")).unwrap());
            let row = format!("| `{file}` | `{}` |", hex::encode(digest));
            assert!(readme.contains(&row), "README.md has no row {row}");
        }
    }
}
