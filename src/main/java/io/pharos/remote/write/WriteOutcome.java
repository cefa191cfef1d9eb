package io.pharos.remote.write;

import java.util.List;

/// The result of a request.
public sealed interface WriteOutcome {
  /// Everything was stored.
  record Written(WriteVersion version, WriteCounts counts) implements WriteOutcome {}

  /// Some samples were rejected; the others were stored.
  ///
  /// @param reasons the first reasons of rejections
  record PartlyRefused(WriteVersion version, WriteCounts counts, List<String> reasons)
      implements WriteOutcome {
    /// Copies the reasons.
    public PartlyRefused {
      reasons = List.copyOf(reasons);
    }
  }

  /// The body does not match its content type; nothing was stored.
  record Malformed(String reason) implements WriteOutcome {}

  /// The request exceeds a limit; nothing was stored.
  record TooLarge(String reason) implements WriteOutcome {}

  /// The content type or encoding is not supported; nothing was stored.
  record Unsupported(String reason) implements WriteOutcome {}
}
