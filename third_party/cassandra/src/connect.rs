//! A session from the settings of cassandra_door.h.
use std::sync::Arc;
use std::time::Duration;

use openssl::ssl::{SslConnector, SslFiletype, SslMethod};
use scylla::client::execution_profile::ExecutionProfile;
use scylla::client::session::{OpenSsl010Config, Session};
use scylla::client::session_builder::SessionBuilder;
use scylla::errors::{ConnectionError, ConnectionPoolError, ConnectionSetupRequestErrorKind, MetadataError, NewSessionError};
use scylla::frame::Compression;
use scylla::frame::types::Consistency;
use scylla::policies::load_balancing::DefaultPolicy;
use scylla::policies::retry::DefaultRetryPolicy;

use crate::Text;
use crate::failure::{Failure, NOT_SENT, REFUSED};

#[repr(C)]
pub struct Settings {
    nodes: *const Text,
    node_count: usize,
    datacenter: Text,
    user: Text,
    password: Text,
    consistency: Text,
    compression: Text,
    tls: i32,
    ca_file: Text,
    certificate_file: Text,
    key_file: Text,
    connect_ms: u32,
    request_ms: u32,
}

fn consistency_named(name: &str) -> Result<Consistency, Failure> {
    Ok(match name {
        "ANY" => Consistency::Any,
        "ONE" => Consistency::One,
        "TWO" => Consistency::Two,
        "THREE" => Consistency::Three,
        "QUORUM" => Consistency::Quorum,
        "ALL" => Consistency::All,
        "LOCAL_QUORUM" => Consistency::LocalQuorum,
        "EACH_QUORUM" => Consistency::EachQuorum,
        "LOCAL_ONE" => Consistency::LocalOne,
        _ => return Err(Failure::configuration(format!("there is no consistency level {name}"))),
    })
}

/// Idempotent statements go to another node where the driver's rules allow it; what is left is told.
fn profile(datacenter: &str, consistency: &str, request_ms: u32) -> Result<ExecutionProfile, Failure> {
    let policy = DefaultPolicy::builder().token_aware(true);
    let policy = if datacenter.is_empty() { policy } else { policy.prefer_datacenter(datacenter.into()) };
    Ok(ExecutionProfile::builder()
        .consistency(consistency_named(consistency)?)
        .request_timeout(Some(Duration::from_millis(request_ms.into())))
        .load_balancing_policy(policy.build())
        .retry_policy(Arc::new(DefaultRetryPolicy::new()))
        .build())
}

fn tls(settings: &Settings) -> Result<OpenSsl010Config, Failure> {
    let (ca, certificate, key) =
        unsafe { (settings.ca_file.read(), settings.certificate_file.read(), settings.key_file.read()) };
    let wrong = |file: &str| {
        let file = file.to_string();
        move |error: openssl::error::ErrorStack| Failure::configuration(format!("reading {file}: {error}"))
    };
    let mut builder = SslConnector::builder(SslMethod::tls_client()).map_err(Failure::configuration)?;
    if !ca.is_empty() {
        builder.set_ca_file(ca.as_ref()).map_err(wrong(&ca))?;
    }
    if !certificate.is_empty() {
        builder.set_certificate_chain_file(certificate.as_ref()).map_err(wrong(&certificate))?;
        builder.set_private_key_file(key.as_ref(), SslFiletype::PEM).map_err(wrong(&key))?;
    }
    Ok(OpenSsl010Config::new(builder))
}

/// Whether a node was there and would not have us.
fn is_refused(error: &NewSessionError) -> bool {
    let NewSessionError::MetadataError(MetadataError::ConnectionPoolError(ConnectionPoolError::Broken { last_connection_error })) =
        error
    else {
        return false;
    };
    match last_connection_error {
        ConnectionError::ConnectionSetupRequestError(setup) => {
            use ConnectionSetupRequestErrorKind as Kind;
            matches!(
                setup.get_error(),
                Kind::DbError(scylla::errors::DbError::AuthenticationError, _) | Kind::MissingAuthentication
            )
        }
        ConnectionError::IoError(error) => error.to_string().contains("certificate verify failed"),
        _ => false,
    }
}

/// Connects to one of the nodes and learns of the others.
pub async fn connect(settings: &Settings) -> Result<Session, Failure> {
    let read = |text: Text| unsafe { text.read() }.into_owned();
    let nodes: Vec<String> =
        (0..settings.node_count).map(|node| read(unsafe { *settings.nodes.add(node) })).collect();
    let datacenter = read(settings.datacenter);
    let mut builder = SessionBuilder::new()
        .known_nodes(&nodes)
        .default_execution_profile_handle(
            profile(&datacenter, &read(settings.consistency), settings.request_ms)?.into_handle(),
        )
        .connection_timeout(Duration::from_millis(settings.connect_ms.into()))
        .compression((read(settings.compression) == "lz4").then_some(Compression::Lz4))
        .fetch_schema_metadata(true)
        .keepalive_interval(Duration::from_secs(10))
        .keepalive_timeout(Duration::from_millis(settings.request_ms.into()));
    if settings.user.size != 0 {
        builder = builder.user(read(settings.user), read(settings.password));
    }
    if settings.tls != 0 {
        builder = builder.tls_context(Some(tls(settings)?));
    }
    builder.build().await.map_err(|error| Failure {
        code: if is_refused(&error) { REFUSED } else { NOT_SENT },
        text: error.to_string(),
    })
}
