package io.pharos.remote.otlp;

import java.util.List;

/// What became of a request.
public sealed interface OtlpOutcome {
  /// It was read, and stored but for the points that were refused.
  ///
  /// @param rejected how many points were refused
  /// @param reasons why, the first ones at least; also what else the sender should know
  record Stored(long rejected, List<String> reasons) implements OtlpOutcome {
    public Stored {
      reasons = List.copyOf(reasons);
    }
  }

  /// It is not the message that it says it is; nothing was stored.
  record Malformed(String reason) implements OtlpOutcome {}

  /// It holds more than is read at once; nothing was stored.
  record TooLarge(String reason) implements OtlpOutcome {}

  /// It is in a form that is not read here; nothing was stored.
  record Unsupported(String reason) implements OtlpOutcome {}
}
