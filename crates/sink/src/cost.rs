use std::{
    iter::Sum,
    ops::{Add, AddAssign},
};

/// What a write cost, counted alike by all sinks so that figures per record compare.
///
/// Everything is counted as it was tried: a call that failed and was made again is two. Sums stop at the largest value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Cost {
    /// Requests to the outside, or calls of a handler.
    pub calls: u64,
    /// Write units as the service meters them: for DynamoDB write request units, which are whole
    /// ([AWS: read and write operations][units]). 0 where the target has none.
    ///
    /// [units]: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
    pub write_units: u64,
    /// Bytes of the requests' bodies, as far as the sink counts them.
    pub bytes: u64,
    /// Records that were to be written, before changes of one key were folded into one.
    pub ops_in: u64,
    /// Writes that they became: puts, deletes, updates, documents. Equal to `ops_in` where nothing is folded.
    pub ops_out: u64,
}

impl Add for Cost {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            calls: self.calls.saturating_add(other.calls),
            write_units: self.write_units.saturating_add(other.write_units),
            bytes: self.bytes.saturating_add(other.bytes),
            ops_in: self.ops_in.saturating_add(other.ops_in),
            ops_out: self.ops_out.saturating_add(other.ops_out),
        }
    }
}

impl AddAssign for Cost {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Cost {
    fn sum<I: Iterator<Item = Self>>(costs: I) -> Self {
        costs.fold(Self::default(), Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_add_field_by_field_and_never_overflow() {
        let a = Cost { calls: 1, write_units: 2, bytes: 3, ops_in: 4, ops_out: u64::MAX };
        let b = Cost { calls: 10, write_units: 20, bytes: 30, ops_in: 40, ops_out: 1 };

        let sum: Cost = [a, b].into_iter().sum();

        assert_eq!(sum, Cost { calls: 11, write_units: 22, bytes: 33, ops_in: 44, ops_out: u64::MAX });
    }
}
