//! The shortcut on Wayland, by the desktop's portal `org.freedesktop.portal.GlobalShortcuts`. The desktop may ask the user,
//! and it may give the shortcut other keys than the preferred ones. The end of the connection ends the shortcut.

use super::Names;
use crate::activation;
use anyhow::{Context as _, ensure};
use futures_util::StreamExt as _;
use std::collections::HashMap;
use tauri::AppHandle;
use zbus::{
    Connection, Message, Proxy,
    zvariant::{DynamicType, OwnedObjectPath, OwnedValue, Structure, Value},
};

const PORTAL: &str = "org.freedesktop.portal.Desktop";
const PATH: &str = "/org/freedesktop/portal/desktop";
const SHORTCUTS: &str = "org.freedesktop.portal.GlobalShortcuts";

/// The id of the shortcut.
const PANEL: &str = "panel";

/// How the specification of shortcuts writes the preferred keys.
const PREFERRED: &str = "CTRL+ALT+k";

type Options<'a> = HashMap<&'a str, Value<'a>>;

/// What the portal says of something.
type Properties = HashMap<String, OwnedValue>;

/// A shortcut by its id.
type Shortcut = (String, Properties);

/// Listens until the portal closes the session or the future is dropped.
pub(super) async fn listen(
    app: &AppHandle,
    names: &Names,
    set: impl Fn(String) + Send,
    pressed: impl Fn() + Send + Sync + 'static,
) -> anyhow::Result<()> {
    let bus = Connection::session().await?;
    introduce(&bus).await;
    let portal = Proxy::new(&bus, PORTAL, PATH, SHORTCUTS).await?;
    let session = create_session(&bus, &portal).await?;
    let mut activations = portal.receive_signal("Activated").await?;
    let mut changes = portal.receive_signal("ShortcutsChanged").await?;
    let handle = Proxy::new(&bus, PORTAL, session.clone(), "org.freedesktop.portal.Session").await?;
    let mut closings = handle.receive_signal("Closed").await?;
    set(bind(&bus, &portal, &session, names).await?);
    loop {
        tokio::select! {
            Some(message) = activations.next() => {
                let body = message.body();
                let (of, id, _, mut more): (OwnedObjectPath, String, u64, Properties) = body.deserialize()?;
                if of == session && id == PANEL {
                    if let Some(Ok(token)) = more.remove("activation_token").map(String::try_from) {
                        activation::allow_focus(app, token);
                    }
                    pressed();
                }
            }
            Some(message) = changes.next() => {
                let body = message.body();
                let (of, shortcuts): (OwnedObjectPath, Vec<Shortcut>) = body.deserialize()?;
                if of == session {
                    set(keys(shortcuts).unwrap_or_else(|| names.keys.clone()));
                }
            }
            _ = closings.next() => anyhow::bail!("the portal has closed the session"),
            else => anyhow::bail!("the session bus was closed"),
        }
    }
}

/// Tells the portal which app this is. Portals before 1.20 find that out by themselves and lack the call.
async fn introduce(bus: &Connection) {
    let told = async {
        let registry = Proxy::new(bus, PORTAL, PATH, "org.freedesktop.host.portal.Registry").await?;
        registry.call::<_, _, ()>("Register", &("tokenwell", Options::new())).await
    };
    if let Err(error) = told.await {
        tracing::debug!("the portal does not take the app's id: {error}");
    }
}

async fn create_session(bus: &Connection, portal: &Proxy<'_>) -> anyhow::Result<OwnedObjectPath> {
    let token = "tokenwell_session";
    let options =
        Options::from([("handle_token", token.into()), ("session_handle_token", "tokenwell".into())]);
    let response = request(bus, portal, "CreateSession", &(options,), token).await?;
    let (_, results): (u32, Properties) = response.body().deserialize()?;
    // The specification has a text here, where it means an object's path.
    let path = match &**results.get("session_handle").context("the portal names no session")? {
        Value::Str(path) => path.to_string(),
        Value::ObjectPath(path) => path.to_string(),
        other => anyhow::bail!("the portal's session is {other:?}"),
    };
    Ok(path.try_into()?)
}

/// Has the portal set the shortcut. Returns its keys.
async fn bind(
    bus: &Connection,
    portal: &Proxy<'_>,
    session: &OwnedObjectPath,
    names: &Names,
) -> anyhow::Result<String> {
    let token = "tokenwell_bind";
    let shortcut = Options::from([
        ("description", names.purpose.as_str().into()),
        ("preferred_trigger", PREFERRED.into()),
    ]);
    let options = Options::from([("handle_token", token.into())]);
    let body = (session, vec![(PANEL, shortcut)], "", options);
    let response = request(bus, portal, "BindShortcuts", &body, token).await?;
    let (_, mut results): (u32, Properties) = response.body().deserialize()?;
    let shortcuts =
        Vec::<OwnedValue>::try_from(results.remove("shortcuts").context("the portal sets no shortcut")?)?;
    let shortcut = |value: OwnedValue| -> anyhow::Result<Shortcut> {
        let fields = Structure::try_from(value)?;
        let [id, properties] = fields.fields() else { anyhow::bail!("no shortcut: {fields:?}") };
        Ok((String::try_from(id.try_clone()?)?, HashMap::try_from(properties.try_clone()?)?))
    };
    let shortcuts = shortcuts.into_iter().map(shortcut).collect::<anyhow::Result<_>>()?;
    keys(shortcuts).context("the desktop did not set the shortcut")
}

/// The keys of the shortcut, if the desktop has set it. A desktop may keep them to itself.
fn keys(shortcuts: Vec<Shortcut>) -> Option<String> {
    let (_, mut properties) = shortcuts.into_iter().find(|(id, _)| id == PANEL)?;
    let keys = properties.remove("trigger_description").and_then(|keys| String::try_from(keys).ok());
    Some(keys.unwrap_or_default())
}

/// Calls a method whose response comes as a signal, and waits for it. The user may be asked meanwhile.
async fn request<Body>(
    bus: &Connection,
    portal: &Proxy<'_>,
    method: &str,
    body: &Body,
    token: &str,
) -> anyhow::Result<Message>
where
    Body: serde::Serialize + DynamicType + Sync,
{
    let sender = bus.unique_name().context("the bus gave no name")?.trim_start_matches(':').replace('.', "_");
    let path = format!("{PATH}/request/{sender}/{token}");
    let request = Proxy::new(bus, PORTAL, path, "org.freedesktop.portal.Request").await?;
    // Before the call, so that no response is missed.
    let mut responses = request.receive_signal("Response").await?;
    portal.call::<_, _, OwnedObjectPath>(method, body).await?;
    let response = responses.next().await.context("the session bus was closed")?;
    let (code, _): (u32, Properties) = response.body().deserialize()?;
    ensure!(code == 0, "{method} ended with {code}: 1 means that the user declined");
    Ok(response)
}
