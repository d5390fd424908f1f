//! `/v1/nodes`.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use store::Store as _;
use store::node::{Owned, Seen};
use utoipa::ToSchema;

use super::operator::{Office, Operator};
use crate::api::problem::{Code, Problem};
use crate::api::request::path::Named;

/// The nodes that share the store, and what each owns.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Nodes, example = json!({
    "nodes": [{
        "id": "01JZ0M3V1QK7C2Y9T4W8XE5RBN", "name": "refunds-1", "version": "0.1.0", "draining": false,
        "joined_at": "2026-05-08T01:00:00Z", "heard_at": "2026-05-08T02:00:00Z", "owns": ["1900000001"]
    }],
    "unowned": []
}))]
pub(super) struct NodesView {
    /// By when they joined.
    nodes: Vec<NodeView>,
    /// The merchant ids that no node owns at this moment. Those whose credentials are missing stay here.
    unowned: Vec<String>,
}

/// A node.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Node)]
struct NodeView {
    /// Its id: another one each time it starts.
    id: String,
    /// What its configuration calls it.
    name: String,
    /// The version of its program.
    version: String,
    /// Whether it gives up what it owns and takes nothing more.
    draining: bool,
    /// When it joined the others, by the store's clock.
    joined_at: String,
    /// When the store heard it last, by the store's clock. A node that is alone with its store is heard once.
    heard_at: String,
    /// The merchant ids it owns, by number.
    owns: Vec<String>,
}

/// List nodes
///
/// The gateways that share the store, and which of them owns which merchant id. Any of them takes requests for all.
#[utoipa::path(
    get, path = "/v1/nodes", operation_id = "list_nodes", tag = "operator",
    responses((status = 200, description = "The nodes.", body = NodesView)),
    security(("key" = ["admin"])),
)]
pub(super) async fn list(State(office): State<Office>, _: Operator) -> Result<Json<NodesView>, Problem> {
    let store = &office.gateway.store;
    Ok(Json(shown(store.nodes().await?, store.owners().await?)))
}

/// Drain a node
///
/// It gives up the merchant ids it owns, and the others take them. It still takes requests. To be done before it is stopped
/// for long; a node that is stopped in order drains by itself.
#[utoipa::path(
    post, path = "/v1/nodes/{id}/drain", operation_id = "drain_node", tag = "operator",
    params(("id" = String, Path, description = "The id of the node.", example = "01JZ0M3V1QK7C2Y9T4W8XE5RBN")),
    responses((status = 200, description = "The nodes.", body = NodesView)),
    security(("key" = ["admin"])),
)]
pub(super) async fn drain(
    State(office): State<Office>,
    operator: Operator,
    Named(id): Named,
) -> Result<Json<NodesView>, Problem> {
    set(&office, &operator, &id, true).await
}

/// Let a node take its part again
///
/// Takes back that it drains.
#[utoipa::path(
    post, path = "/v1/nodes/{id}/undrain", operation_id = "undrain_node", tag = "operator",
    params(("id" = String, Path, description = "The id of the node.", example = "01JZ0M3V1QK7C2Y9T4W8XE5RBN")),
    responses((status = 200, description = "The nodes.", body = NodesView)),
    security(("key" = ["admin"])),
)]
pub(super) async fn undrain(
    State(office): State<Office>,
    operator: Operator,
    Named(id): Named,
) -> Result<Json<NodesView>, Problem> {
    set(&office, &operator, &id, false).await
}

async fn set(
    office: &Office,
    Operator(actor): &Operator,
    id: &str,
    draining: bool,
) -> Result<Json<NodesView>, Problem> {
    let store = &office.gateway.store;
    if !store.drain(id, draining).await? {
        return Err(Problem::new(Code::NodeNotFound));
    }
    office.gateway.nodes.look();
    // It is about no merchant id, whose trail it could stand in.
    tracing::info!(node = id, actor, draining, "a node shall drain, or no longer");
    Ok(Json(shown(store.nodes().await?, store.owners().await?)))
}

fn shown(nodes: Vec<Seen>, owned: Vec<Owned>) -> NodesView {
    let owned_by = |id: Option<&str>| {
        let of_node = owned.iter().filter(|owned| owned.node.as_deref() == id);
        of_node.map(|owned| owned.mchid.to_string()).collect::<Vec<_>>()
    };
    let is_there = |id: &str| nodes.iter().any(|seen| seen.node.id == id);
    let unowned = owned.iter().filter(|owned| !owned.node.as_deref().is_some_and(is_there));
    let unowned = unowned.map(|owned| owned.mchid.to_string()).collect();
    let view = |seen: &Seen| NodeView {
        owns: owned_by(Some(&seen.node.id)),
        id: seen.node.id.clone(),
        name: seen.node.name.clone(),
        version: seen.node.version.clone(),
        draining: seen.draining,
        joined_at: seen.joined_at.to_string(),
        heard_at: seen.heard_at.to_string(),
    };
    NodesView { nodes: nodes.iter().map(view).collect(), unowned }
}
