use metrics::Unit;

/// The unit of CloudWatch, and what a value is multiplied by to be in it.
///
/// CloudWatch names binary units as if they were decimal and converts none of them, so they become bytes here.
pub(super) const fn of(unit: Unit) -> (&'static str, f64) {
    match unit {
        Unit::Count => ("Count", 1.0),
        Unit::Percent => ("Percent", 1.0),
        Unit::Seconds => ("Seconds", 1.0),
        Unit::Milliseconds => ("Milliseconds", 1.0),
        Unit::Microseconds => ("Microseconds", 1.0),
        Unit::Nanoseconds => ("Microseconds", 1e-3),
        Unit::Tebibytes => ("Bytes", 1_099_511_627_776.0),
        Unit::Gibibytes => ("Bytes", 1_073_741_824.0),
        Unit::Mebibytes => ("Bytes", 1_048_576.0),
        Unit::Kibibytes => ("Bytes", 1_024.0),
        Unit::Bytes => ("Bytes", 1.0),
        Unit::TerabitsPerSecond => ("Terabits/Second", 1.0),
        Unit::GigabitsPerSecond => ("Gigabits/Second", 1.0),
        Unit::MegabitsPerSecond => ("Megabits/Second", 1.0),
        Unit::KilobitsPerSecond => ("Kilobits/Second", 1.0),
        Unit::BitsPerSecond => ("Bits/Second", 1.0),
        Unit::CountPerSecond => ("Count/Second", 1.0),
    }
}
