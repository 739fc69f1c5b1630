//! Whole numbers with their thousands apart.

/// A number in groups of three digits, such as `15,000`.
pub fn grouped(number: u64, separator: &str) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|group| str::from_utf8(group).unwrap_or_default()).collect();
    groups.join(separator)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_in_groups_of_three() {
        let shown = [0, 999, 1000, 40_000, 1_234_567].map(|number| grouped(number, ","));
        assert_eq!(shown, ["0", "999", "1,000", "40,000", "1,234,567"]);
        assert_eq!(grouped(15_000, "."), "15.000");
    }
}
