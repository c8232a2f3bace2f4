//! Metrics for Prometheus, and nothing else: one small listener, and one request at a time.
//!
//! The exporter has a listener of its own behind a feature, which brings an HTTP server with it. A program that has one
//! already renders the metrics there, as here.

use dynacdc_examples::Failure;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::{
    io::{self, BufRead, BufReader, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

/// Nobody keeps the listener for longer.
const PATIENCE: Duration = Duration::from_secs(2);

/// Serves the metrics until it is dropped.
pub(crate) struct Exporter {
    address: SocketAddr,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Exporter {
    /// Records the metrics of this process and serves them on this port.
    pub(crate) fn start(port: u16) -> Result<Self, Failure> {
        let handle = PrometheusBuilder::new().install_recorder();
        let handle = handle.map_err(|error| Failure::request("the recorder of metrics", error))?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port));
        let listener = listener.map_err(|source| Failure::Port { port, source })?;
        let address = listener.local_addr()?;
        // Standard output is for the story.
        writeln!(io::stderr(), "metrics are at http://{address}/metrics")?;
        let ended = Arc::new(AtomicBool::new(false));
        let is_over = Arc::clone(&ended);
        let thread = thread::Builder::new().name("metrics".to_owned()).spawn(move || {
            for connection in listener.incoming() {
                if is_over.load(Ordering::Relaxed) {
                    return;
                }
                // A client that goes away early is its own affair.
                let _ = connection.and_then(|connection| answer(&connection, &handle));
            }
        })?;
        Ok(Self { address, ended, thread: Some(thread) })
    }
}

impl Drop for Exporter {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        // The listener sees the order when somebody connects.
        let woken = TcpStream::connect(self.address).is_ok();
        if let Some(thread) = self.thread.take().filter(|_| woken) {
            let _ = thread.join();
        }
    }
}

fn answer(connection: &TcpStream, metrics: &PrometheusHandle) -> io::Result<()> {
    connection.set_read_timeout(Some(PATIENCE))?;
    connection.set_write_timeout(Some(PATIENCE))?;
    let mut lines = BufReader::new(connection).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    // What a client has sent must be read, or closing the connection takes the answer back.
    for line in lines {
        if line?.is_empty() {
            break;
        }
    }
    let (status, body) = match request.split(' ').take(2).collect::<Vec<_>>()[..] {
        ["GET", "/metrics"] => ("200 OK", metrics.render()),
        _ => ("404 Not Found", "the metrics are at /metrics\n".to_owned()),
    };
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    let mut connection = connection;
    write!(
        connection,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}
