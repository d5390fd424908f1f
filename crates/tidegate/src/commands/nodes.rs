//! `tidegate nodes`.

use std::error::Error;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::client::answers::{Node, Nodes};
use crate::client::gateway::Call;
use crate::commands::asking::Asking;
use crate::screen::{cut, instant, plain, print, print_document, table};

/// How much of the list of what a node owns is shown.
const COLUMNS: usize = 40;

/// What to do with nodes, and where.
#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    asking: Asking,
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Have a node give up what it owns, before it is stopped for long. It still takes requests.
    Drain(Which),
    /// Let a node that drains take its part again.
    Undrain(Which),
}

/// A node.
#[derive(Debug, Args)]
struct Which {
    /// Its name or its id, as `tidegate nodes` shows it.
    #[arg(value_name = "NODE")]
    node: String,
}

/// Shows the nodes, after it has done what is asked for.
pub(crate) fn run(options: Options) -> Result<ExitCode, Box<dyn Error>> {
    let Options { asking, action } = options;
    asking.ask_as_operator(async |gateway| {
        let mut reply = gateway.ask(&Call::get(&["nodes"])).await?;
        if let Some(action) = &action {
            let (Which { node }, act) = match action {
                Action::Drain(which) => (which, "drain"),
                Action::Undrain(which) => (which, "undrain"),
            };
            let id = id_of(&gateway.read(&reply)?, node)?;
            reply = gateway.ask(&Call::act(&["nodes", &id, act])).await?;
        }
        if asking.json {
            print_document(&reply.body)?;
        } else {
            print(&page(&gateway.read(&reply)?))?;
        }
        Ok(ExitCode::SUCCESS)
    })
}

/// The id of the node that is called so, if there is one and no more.
fn id_of(nodes: &Nodes, called: &str) -> Result<String, NoSuchNode> {
    let mut found = nodes.nodes.iter().filter(|node| node.id == called || node.name == called);
    match (found.next(), found.next()) {
        (Some(node), None) => Ok(node.id.clone()),
        (None, _) => Err(NoSuchNode::None { called: called.to_owned() }),
        (Some(_), Some(_)) => Err(NoSuchNode::Several { called: called.to_owned() }),
    }
}

/// Why nobody can be meant.
#[derive(Debug, thiserror::Error)]
enum NoSuchNode {
    #[error("there is no node `{called}`; `tidegate nodes` shows those there are")]
    None { called: String },
    #[error("several nodes are called `{called}`; give the id, which `tidegate nodes --json` shows")]
    Several { called: String },
}

fn page(nodes: &Nodes) -> String {
    let heading = ["node", "version", "joined", "heard", "owns", "merchant ids"];
    let mut text = table(heading, nodes.nodes.iter().map(row));
    if !nodes.unowned.is_empty() {
        text.push_str(&format!("No node owns {} at this moment.\n", plain(&nodes.unowned.join(", "))));
    }
    text
}

fn row(node: &Node) -> [String; 6] {
    let name = if node.draining { format!("{} (drains)", plain(&node.name)) } else { plain(&node.name) };
    [
        name,
        plain(&node.version),
        instant(&node.joined_at),
        instant(&node.heard_at),
        node.owns.len().to_string(),
        cut(&plain(&node.owns.join(" ")), COLUMNS),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(id: &str, name: &str) -> Node {
        Node {
            id: id.to_owned(),
            name: name.to_owned(),
            version: "0.1.0".to_owned(),
            draining: false,
            joined_at: "2026-05-08T01:00:00Z".to_owned(),
            heard_at: "2026-05-08T01:00:00Z".to_owned(),
            owns: vec![],
        }
    }

    #[test]
    fn a_node_is_meant_by_its_name_unless_another_bears_it() {
        let nodes = Nodes { nodes: vec![node("1", "a"), node("2", "b"), node("3", "b")], unowned: vec![] };
        assert_eq!(id_of(&nodes, "a").unwrap(), "1");
        assert_eq!(id_of(&nodes, "3").unwrap(), "3");
        assert!(matches!(id_of(&nodes, "b"), Err(NoSuchNode::Several { .. })));
        assert!(matches!(id_of(&nodes, "c"), Err(NoSuchNode::None { .. })));
    }
}
