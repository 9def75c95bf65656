import Foundation

/// Numbers as a person reads them, the same in every locale.
public enum Figures {
  /// `1,234,567`.
  public static func grouped(_ count: Int) -> String {
    var digits = Array(String(count.magnitude))
    var place = digits.count - 3
    while place > 0 {
      digits.insert(",", at: place)
      place -= 3
    }
    return (count < 0 ? "−" : "") + String(digits)
  }

  /// `76.5 %` for 0.765; `–` if there is nothing to tell.
  public static func percent(_ share: Double) -> String {
    share.isNaN ? "–" : String(format: "%.1f %%", share * 100)
  }

  /// `45 s`, `3 min`, `2 h 05 min`: rounded up, as what is left should be.
  public static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e9 else { return "–" }
    let whole = max(0, Int(seconds.rounded(.up)))
    if whole < 100 { return "\(whole) s" }
    let minutes = (whole + 59) / 60
    if minutes < 100 { return "\(minutes) min" }
    return "\(minutes / 60) h " + String(format: "%02d min", minutes % 60)
  }
}
