use super::settings::PAGE;
use dynacdc_record::{ChangeRecord, Malformed};

/// No record is that large: what says so is wrong.
const MOST: usize = 16 * PAGE;

/// What a record takes at least while it is held, however small it is told to be. To count a record of keys alone as the
/// few bytes that DynamoDB says lost: the budget then held twenty times what it allows.
const LEAST: usize = 512;

/// How many bytes a record counts for: as many as DynamoDB says, and where it does not say as many as keys and images have
/// in canonical form.
pub(super) fn size(record: &ChangeRecord) -> usize {
    let told = record.size_bytes().map(|size| usize::try_from(size).unwrap_or(MOST));
    told.unwrap_or_else(|| measured(record)).clamp(LEAST, MOST)
}

fn measured(record: &ChangeRecord) -> usize {
    let mut bytes = Vec::new();
    record.keys().write_canonical(&mut bytes);
    for image in [record.new_image(), record.old_image()].into_iter().flatten() {
        image.write_canonical(&mut bytes);
    }
    bytes.len()
}

/// The same of a malformed record: as many as it came in.
pub(super) fn raw_size(record: &Malformed) -> usize {
    record.raw().len().clamp(LEAST, MOST)
}
