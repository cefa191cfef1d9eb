package io.pharos.remote.write;

import java.util.List;

/// What became of a request.
public sealed interface WriteOutcome {
  /// Everything was stored.
  record Written(WriteVersion version, WriteCounts counts) implements WriteOutcome {}

  /// Some of it can't be stored now or ever; the rest was.
  ///
  /// @param reasons what was refused and why, the first ones at least
  record PartlyRefused(WriteVersion version, WriteCounts counts, List<String> reasons)
      implements WriteOutcome {
    public PartlyRefused {
      reasons = List.copyOf(reasons);
    }
  }

  /// It is not the message that it says it is; nothing was stored.
  record Malformed(String reason) implements WriteOutcome {}

  /// It holds more than is read at once; nothing was stored.
  record TooLarge(String reason) implements WriteOutcome {}

  /// It is in a form that is not read here; nothing was stored.
  record Unsupported(String reason) implements WriteOutcome {}
}
