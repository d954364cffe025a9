//! The C door of cassandra_door.h: nothing but handing over. `connect` makes sessions, `failure` sorts
//! errors, `cells` speaks the wire form.
mod cells;
mod connect;
mod failure;

use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::StreamExt;
use scylla::client::session::Session;
use scylla::deserialize::row::ColumnIterator;
use scylla::statement::prepared::PreparedStatement;
use tokio::runtime::{Builder, Runtime};

use cells::Cells;
use connect::Settings;
use failure::{Failure, NOT_TRIED, PANIC};

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Text {
    bytes: *const u8,
    size: usize,
}

impl Text {
    /// Safety: `bytes` points to `size` bytes for as long as the answer is used.
    unsafe fn read<'a>(self) -> std::borrow::Cow<'a, str> {
        if self.size == 0 {
            return "".into();
        }
        String::from_utf8_lossy(unsafe { std::slice::from_raw_parts(self.bytes, self.size) })
    }
}

type OnFailure = extern "C" fn(*mut c_void, usize, i32, *const u8, usize);
type OnCell = extern "C" fn(*mut c_void, usize, usize, *const u8, i32);

pub struct OpenSession {
    session: Session,
    statements: Vec<PreparedStatement>,
}

/// One for all sessions of the process: connections are kept by two threads, and rows are sent from the
/// threads that call.
fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        Builder::new_multi_thread().worker_threads(2).thread_name("cassandra").enable_all().build().expect("threads can be had")
    })
}

/// Runs `body`; a failure or a panic is told instead of the answer.
fn tell<T>(context: *mut c_void, on_failure: OnFailure, body: impl FnOnce() -> Result<T, Failure>) -> Option<T> {
    let outcome = catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|panic| {
        let words = panic.downcast_ref::<String>().cloned().or_else(|| panic.downcast_ref::<&str>().map(|text| text.to_string()));
        Err(Failure { code: PANIC, text: format!("the driver has made a mistake: {}", words.unwrap_or_default()) })
    });
    outcome.map_err(|failure| say(context, on_failure, 0, &failure)).ok()
}

fn say(context: *mut c_void, on_failure: OnFailure, row: usize, failure: &Failure) {
    on_failure(context, row, failure.code, failure.text.as_ptr(), failure.text.len());
}

/// # Safety
/// As cassandra_door.h says: pointers are whole, and live during the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cassandra_door_open(
    settings: *const Settings,
    context: *mut c_void,
    on_failure: OnFailure,
) -> *mut OpenSession {
    tell(context, on_failure, || {
        let session = runtime().block_on(connect::connect(unsafe { &*settings }))?;
        Ok(Box::into_raw(Box::new(OpenSession { session, statements: Vec::new() })))
    })
    .unwrap_or(std::ptr::null_mut())
}

/// # Safety
/// `session` came from cassandra_door_open and is not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cassandra_door_close(session: *mut OpenSession) {
    let _ = catch_unwind(AssertUnwindSafe(|| {
        let _inside = runtime().enter();
        drop(unsafe { Box::from_raw(session) });
    }));
}

/// # Safety
/// As cassandra_door.h says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cassandra_door_ask(
    session: *mut OpenSession,
    cql: Text,
    context: *mut c_void,
    on_cell: OnCell,
    on_failure: OnFailure,
) -> i32 {
    let done = tell(context, on_failure, || {
        let answer = runtime().block_on(unsafe { &*session }.session.query_unpaged(unsafe { cql.read() }.as_ref(), ()))?;
        let Ok(rows) = answer.into_rows_result() else { return Ok(()) };
        let rows = rows.rows::<ColumnIterator>().map_err(Failure::of_answer)?;
        for (number, row) in rows.enumerate() {
            for (column, cell) in row.map_err(Failure::of_answer)?.enumerate() {
                match cell.map_err(Failure::of_answer)?.slice {
                    Some(slice) => on_cell(context, number, column, slice.as_slice().as_ptr(), slice.as_slice().len() as i32),
                    None => on_cell(context, number, column, std::ptr::null(), -1),
                }
            }
        }
        Ok(())
    });
    done.is_some() as i32
}

/// # Safety
/// As cassandra_door.h says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cassandra_door_prepare(
    session: *mut OpenSession,
    cql: Text,
    context: *mut c_void,
    on_failure: OnFailure,
) -> i64 {
    tell(context, on_failure, || {
        let open = unsafe { &mut *session };
        let mut statement = runtime().block_on(open.session.prepare(unsafe { cql.read() }.as_ref()))?;
        statement.set_is_idempotent(true);
        open.statements.push(statement);
        Ok(open.statements.len() as i64 - 1)
    })
    .unwrap_or(-1)
}

/// # Safety
/// As cassandra_door.h says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cassandra_door_write(
    session: *mut OpenSession,
    statement: i64,
    cells: *const u8,
    row_ends: *const usize,
    row_count: usize,
    in_flight: usize,
    context: *mut c_void,
    on_failure: OnFailure,
) {
    if row_count == 0 {
        return;
    }
    let written = tell(context, on_failure, || {
        let open = unsafe { &*session };
        let ends = unsafe { std::slice::from_raw_parts(row_ends, row_count) };
        let cells = unsafe { std::slice::from_raw_parts(cells, ends[row_count - 1]) };
        Ok(runtime().block_on(write_rows(&open.session, &open.statements[statement as usize], cells, ends, in_flight)))
    });
    for (row, failure) in written.unwrap_or_default() {
        say(context, on_failure, row, &failure);
    }
}

/// The rows that were not written. Needs: `ends` grow and end with the cells.
async fn write_rows(
    session: &Session,
    statement: &PreparedStatement,
    cells: &[u8],
    ends: &[usize],
    in_flight: usize,
) -> Vec<(usize, Failure)> {
    let is_shut = &AtomicBool::new(false);
    let rows = ends.iter().enumerate().map(|(row, end)| {
        let begin = if row == 0 { 0 } else { ends[row - 1] };
        let row_cells = Cells(&cells[begin..*end]);
        async move {
            if is_shut.load(Ordering::Relaxed) {
                return Some((row, Failure { code: NOT_TRIED, text: String::new() }));
            }
            let failure = Failure::from(session.execute_unpaged(statement, row_cells).await.err()?);
            is_shut.fetch_or(!failure.is_of_the_row(), Ordering::Relaxed);
            Some((row, failure))
        }
    });
    let outcomes = futures::stream::iter(rows).buffer_unordered(in_flight.max(1));
    outcomes.filter_map(|failure| async { failure }).collect().await
}
