package io.pharos.remote.otlp;

import java.util.List;

/// The result of a request.
public sealed interface OtlpOutcome {
  /// The request was stored, except for rejected points.
  ///
  /// @param rejected number of rejected points
  /// @param reasons the first reasons of rejections; also hints for the sender
  record Stored(long rejected, List<String> reasons) implements OtlpOutcome {
    /// Copies the reasons.
    public Stored {
      reasons = List.copyOf(reasons);
    }
  }

  /// The body does not match its content type; nothing was stored.
  record Malformed(String reason) implements OtlpOutcome {}

  /// The request exceeds a limit; nothing was stored.
  record TooLarge(String reason) implements OtlpOutcome {}

  /// The content type or encoding is not supported; nothing was stored.
  record Unsupported(String reason) implements OtlpOutcome {}
}
