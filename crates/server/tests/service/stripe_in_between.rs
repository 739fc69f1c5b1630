//! A program between the service and the sandbox's Stripe API. It sees every call, and can change what Stripe says to what the
//! sandbox never says.

use crate::support::{Response, World, send};
use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

/// Restarts the service with the address of a program that passes each call on, and calls this with the request and Stripe's
/// response before it answers.
pub async fn put_in_between(
    world: &mut World,
    each: impl FnMut(Value, &mut Response) + Clone + Send + Sync + 'static,
) {
    let (stripe, client) = (world.sandbox.origin(), world.http.clone());
    let forward = move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
        let (stripe, client, mut each) = (stripe.clone(), client.clone(), each.clone());
        async move {
            let form = if method == Method::GET {
                uri.query().unwrap_or_default().into()
            } else {
                String::from_utf8_lossy(&body)
            };
            let request = json!({ "method": method.as_str(), "path": uri.path(), "form": form });
            let url = format!("{stripe}{uri}");
            let mut response = send(client.request(method, url).headers(headers).body(body)).await;
            each(request, &mut response);
            (StatusCode::from_u16(response.status).unwrap(), response.bytes)
        }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    world.stripe_api_base = Some(format!("http://{}", listener.local_addr().unwrap()));
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(forward)).await });
    world.restart().await;
}

/// Changes an object, or says that it is left out of lists.
type Change = Box<dyn Fn(&mut Value) -> Shown + Send>;

#[derive(PartialEq, Eq)]
enum Shown {
    Yes,
    No,
}

/// What Stripe says instead of what the sandbox says.
#[derive(Clone, Default)]
pub struct Saying(Arc<Mutex<Vec<(&'static str, Change)>>>);

impl Saying {
    /// Puts itself between the service and Stripe. At first it changes nothing.
    pub async fn start(world: &mut World) -> Self {
        let saying = Self::default();
        let changes = saying.clone();
        put_in_between(world, move |_request, response| {
            let changes = changes.0.lock().unwrap();
            if !changes.is_empty() && visit(&mut response.body, &changes) == Shown::Yes {
                response.bytes = response.body.to_string().into_bytes();
            }
        })
        .await;
        saying
    }

    /// Changes every object of a kind from now on.
    pub fn says(&self, kind: &'static str, change: impl Fn(&mut Value) + Send + 'static) {
        let change = move |object: &mut Value| {
            change(object);
            Shown::Yes
        };
        self.0.lock().unwrap().push((kind, Box::new(change)));
    }

    /// Leaves some objects of a kind out of lists from now on.
    pub fn hides(&self, kind: &'static str, which: impl Fn(&Value) -> bool + Send + 'static) {
        let change = move |object: &mut Value| if which(object) { Shown::No } else { Shown::Yes };
        self.0.lock().unwrap().push((kind, Box::new(change)));
    }

    /// Says again what the sandbox says.
    pub fn nothing_else(&self) {
        self.0.lock().unwrap().clear();
    }
}

/// Changes what is inside first.
fn visit(value: &mut Value, changes: &[(&'static str, Change)]) -> Shown {
    match value {
        Value::Array(items) => items.retain_mut(|item| visit(item, changes) == Shown::Yes),
        Value::Object(fields) => fields.values_mut().for_each(|field| {
            visit(field, changes);
        }),
        _ => return Shown::Yes,
    }
    let kind = value["object"].as_str().unwrap_or_default().to_owned();
    let mut of_kind = changes.iter().filter(|(of, _)| *of == kind);
    if of_kind.all(|(_, change)| change(value) == Shown::Yes) { Shown::Yes } else { Shown::No }
}
