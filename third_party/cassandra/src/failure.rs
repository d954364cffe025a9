//! What went wrong, as a code of the protocol or of cassandra_door.h and a sentence.
use scylla::errors::{BadQuery, DbError, ExecutionError, PrepareError, RequestAttemptError};
use scylla::frame::protocol_features::ProtocolFeatures;

pub const NOT_SENT: i32 = -1;
pub const NO_ANSWER: i32 = -2;
pub const BAD_VALUE: i32 = -3;
pub const NOT_TRIED: i32 = -4;
pub const CONFIGURATION: i32 = -5;
pub const REFUSED: i32 = -6;
pub const PANIC: i32 = -7;
pub const KEY_TOO_LONG: i32 = -8;

const OF_THE_STATEMENT: std::ops::Range<i32> = 0x2000..0x2500;
const RATE_LIMIT: i32 = 0x4321; // not Cassandra's: only told where the server has offered it

#[derive(Debug, Default)]
pub struct Failure {
    pub code: i32,
    pub text: String,
}

impl Failure {
    pub fn configuration(text: impl std::fmt::Display) -> Failure {
        Failure { code: CONFIGURATION, text: text.to_string() }
    }

    pub fn of_answer(error: impl std::fmt::Display) -> Failure {
        Failure { code: NO_ANSWER, text: format!("the answer is not understood: {error}") }
    }

    /// The others may go on: this says nothing about the way to the server.
    pub fn is_of_the_row(&self) -> bool {
        OF_THE_STATEMENT.contains(&self.code) || matches!(self.code, BAD_VALUE | KEY_TOO_LONG)
    }
}

/// The server's own words; the numbers of replicas where there are some.
fn of_server(error: &DbError, words: &str) -> Failure {
    let mut features = ProtocolFeatures::default();
    features.rate_limit_error = Some(RATE_LIMIT);
    let code = error.code(&features);
    let is_told_by_words = OF_THE_STATEMENT.contains(&code) || matches!(error, DbError::Other(_) | DbError::ServerError);
    let text = if is_told_by_words { words.to_string() } else { format!("{words} ({error})") };
    Failure { code, text }
}

impl From<&RequestAttemptError> for Failure {
    fn from(error: &RequestAttemptError) -> Failure {
        let code = match error {
            RequestAttemptError::DbError(error, words) => return of_server(error, words),
            RequestAttemptError::SerializationError(_) | RequestAttemptError::CqlRequestSerialization(_) => BAD_VALUE,
            RequestAttemptError::UnableToAllocStreamId => NOT_SENT,
            _ => NO_ANSWER,
        };
        Failure { code, text: error.to_string() }
    }
}

impl From<ExecutionError> for Failure {
    fn from(error: ExecutionError) -> Failure {
        let code = match &error {
            ExecutionError::LastAttemptError(attempt) => return attempt.into(),
            ExecutionError::BadQuery(BadQuery::ValuesTooLongForKey(..)) => KEY_TOO_LONG,
            ExecutionError::BadQuery(_) => BAD_VALUE,
            ExecutionError::EmptyPlan | ExecutionError::ConnectionPoolError(_) => NOT_SENT,
            _ => NO_ANSWER,
        };
        Failure { code, text: error.to_string() }
    }
}

impl From<PrepareError> for Failure {
    fn from(error: PrepareError) -> Failure {
        match &error {
            PrepareError::AllAttemptsFailed { first_attempt } => first_attempt.into(),
            PrepareError::ConnectionPoolError(_) => Failure { code: NOT_SENT, text: error.to_string() },
            _ => Failure { code: NO_ANSWER, text: error.to_string() },
        }
    }
}
