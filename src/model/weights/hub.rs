//! The hub as a source: plain GET, resumed by Range, as often as it makes progress.

use std::path::Path;
use std::time::Duration;

use reqwest::header::{CONTENT_RANGE, RANGE};
use reqwest::{Client, Response, StatusCode, Url};
use tokio::fs::File;
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

use super::error::{Fault, PullError};
use super::progress::Meter;
use super::{PullEvent, PullOptions, PullSource};
use crate::model::catalog::{CatalogEntry, Size};
use crate::model::http::{Purpose, http_client, root_cause};

/// How long the hub may stay silent.
const PATIENCE: Duration = Duration::from_mins(1);

/// How often a transfer is taken up again without a single byte in between.
const FRUITLESS: u32 = 2;

/// Fetches `entry` into `part`, from where an earlier pull of the same pinned bytes ended.
pub(super) async fn fetch<F: FnMut(PullEvent) + Send>(
    entry: &CatalogEntry,
    part: &Path,
    options: &PullOptions,
    meter: &mut Meter<F>,
) -> Result<(), Fault> {
    let url = Url::parse(&entry.url(&options.hub)).map_err(|error| Fault::Source(error.to_string()))?;
    let client = http_client(&url, Purpose::Download).map_err(|error| Fault::Source(error.to_string()))?;
    if entry.sha256.is_none() && part.exists() {
        // Without a hash nothing would notice two halves of different files.
        tokio::fs::remove_file(part).await.map_err(|error| local(part, &error))?;
    }
    let mut fruitless = 0;
    let mut connected = false;
    loop {
        let before = length(part).await;
        if let Size::Exact(size) = entry.size
            && before == size
        {
            return Ok(());
        }
        match transfer(&client, &url, entry, part, before, &mut connected, meter).await {
            // A hub that was never reached is given up at once: the next source may be near.
            Err(Fault::Source(reason)) if connected => {
                fruitless = if length(part).await > before { 0 } else { fruitless + 1 };
                if fruitless > FRUITLESS {
                    return Err(Fault::Source(reason));
                }
            }
            other => return other,
        }
    }
}

/// One request: appends to `part`, or begins it again if the server will not continue.
async fn transfer<F: FnMut(PullEvent) + Send>(
    client: &Client,
    url: &Url,
    entry: &CatalogEntry,
    part: &Path,
    before: u64,
    connected: &mut bool,
    meter: &mut Meter<F>,
) -> Result<(), Fault> {
    let mut request = client.get(url.clone());
    if before > 0 {
        request = request.header(RANGE, format!("bytes={before}-"));
    }
    let mut response = match timeout(PATIENCE, request.send()).await {
        Ok(response) => response.map_err(|error| Fault::Source(root_cause(&error)))?,
        Err(_) => return Err(silent()),
    };
    let start = match response.status() {
        StatusCode::PARTIAL_CONTENT if continues_at(&response) == Some(before) => before,
        StatusCode::OK => 0,
        StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE if before > 0 => {
            // What is here does not fit to what is there.
            tokio::fs::remove_file(part).await.map_err(|error| local(part, &error))?;
            *connected = true;
            return Err(Fault::Source("the server would not continue".to_owned()));
        }
        status => return Err(Fault::Source(format!("it answered {status}"))),
    };
    let total = response.content_length().map(|rest| start + rest);
    let most = match (entry.size, total) {
        (Size::Exact(size), Some(total)) if size != total => {
            return Err(Fault::Source(format!("it offers {total} bytes, {size} were expected")));
        }
        (Size::Exact(size), _) | (Size::About(_), Some(size)) => size,
        (Size::About(size), None) => size.saturating_mul(2),
    };
    *connected = true;

    let mut file = open(part, start).await.map_err(|error| local(part, &error))?;
    let known = total.or(if let Size::Exact(size) = entry.size { Some(size) } else { None });
    meter.begin(PullSource::Hub, start, known);
    let mut done = start;
    let outcome = loop {
        let bytes = match timeout(PATIENCE, response.chunk()).await {
            Ok(Ok(Some(bytes))) => bytes,
            Ok(Ok(None)) => break Ok(()),
            Ok(Err(error)) => break Err(Fault::Source(format!("the transfer broke ({})", root_cause(&error)))),
            Err(_) => break Err(silent()),
        };
        done += bytes.len() as u64;
        if done > most {
            break Err(Fault::Wrong(format!("more than {most} bytes came")));
        }
        file.write_all(&bytes).await.map_err(|error| local(part, &error))?;
        meter.bytes(PullSource::Hub, done, known);
    };
    // Also after a cut: what is counted as here must be on the disk.
    file.flush().await.map_err(|error| local(part, &error))?;
    file.sync_all().await.map_err(|error| local(part, &error))?;
    outcome?;
    if known.is_some_and(|total| done < total) {
        return Err(Fault::Source(format!("the transfer ended after {done} bytes")));
    }
    Ok(())
}

async fn open(part: &Path, start: u64) -> std::io::Result<File> {
    let file = File::options().create(true).write(true).truncate(start == 0).append(false).open(part).await?;
    file.set_len(start).await?;
    let mut file = file;
    tokio::io::AsyncSeekExt::seek(&mut file, std::io::SeekFrom::End(0)).await?;
    Ok(file)
}

async fn length(part: &Path) -> u64 {
    tokio::fs::metadata(part).await.map_or(0, |metadata| metadata.len())
}

/// The first byte of a partial answer.
fn continues_at(response: &Response) -> Option<u64> {
    let range = response.headers().get(CONTENT_RANGE)?.to_str().ok()?;
    range.strip_prefix("bytes ")?.split('-').next()?.trim().parse().ok()
}

fn silent() -> Fault {
    Fault::Source(format!("nothing arrived for {} s", PATIENCE.as_secs()))
}

fn local(part: &Path, error: &std::io::Error) -> Fault {
    Fault::Local(PullError::local(part, error))
}
