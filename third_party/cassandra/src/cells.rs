//! Cells that are in wire form already, as the statement's values.
use scylla::errors::SerializationError;
use scylla::serialize::row::{RowSerializationContext, SerializeRow};
use scylla::serialize::writers::RowWriter;

pub struct Cells<'a>(pub &'a [u8]);

#[derive(Debug)]
struct DoNotFit;

impl std::fmt::Display for DoNotFit {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("the cells do not fit the statement")
    }
}

impl std::error::Error for DoNotFit {}

/// What the four bytes say about the cell behind them.
const UNSET: i32 = -2;

impl SerializeRow for Cells<'_> {
    fn serialize(&self, context: &RowSerializationContext<'_>, writer: &mut RowWriter) -> Result<(), SerializationError> {
        let mut rest = self.0;
        for _ in context.columns() {
            let (size, behind) = rest.split_first_chunk::<4>().ok_or_else(|| SerializationError::new(DoNotFit))?;
            rest = behind;
            let cell = writer.make_cell_writer();
            match i32::from_be_bytes(*size) {
                UNSET => drop(cell.set_unset()),
                size if size < 0 => drop(cell.set_null()),
                size => {
                    let (value, behind) =
                        rest.split_at_checked(size as usize).ok_or_else(|| SerializationError::new(DoNotFit))?;
                    cell.set_value(value).map_err(SerializationError::new)?;
                    rest = behind;
                }
            }
        }
        if rest.is_empty() { Ok(()) } else { Err(SerializationError::new(DoNotFit)) }
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
