package io.pharos.ingest.fleet;

/// What may be the value of the label `host`.
final class HostName {
  private static final int MOST = 128;

  private HostName() {}

  /// Whether it is short and printable.
  static boolean isGood(String text) {
    return !text.isBlank()
        && text.length() <= MOST
        && text.chars().noneMatch(Character::isISOControl);
  }
}
