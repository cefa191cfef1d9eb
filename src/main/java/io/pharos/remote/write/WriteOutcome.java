package io.pharos.remote.write;

import java.util.List;

/// The result of a request.
public sealed interface WriteOutcome {
  /// Everything was stored.
  record Written(WriteVersion version, Counts counts) implements WriteOutcome {}

  /// Some samples were rejected; the others were stored. `reasons` are the first reasons of
  /// rejections.
  record PartlyRefused(WriteVersion version, Counts counts, List<String> reasons)
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

  /// Numbers of stored items of a request.
  record Counts(int samples, int histograms, int exemplars) {}
}
