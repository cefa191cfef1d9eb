package io.pharos.remote.write;

import io.pharos.bytes.protobuf.ProtoReader;
import io.pharos.model.Labels;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// An exemplar of a series: valid, or the reason why it is not.
sealed interface WriteExemplar {
  /// A valid exemplar.
  ///
  /// @param timestampMillis Unix milliseconds, 0 for none
  record Valid(Labels labels, double value, long timestampMillis) implements WriteExemplar {}

  /// An invalid exemplar.
  record Invalid(String reason) implements WriteExemplar {}

  /// Reads an exemplar of version 1.
  static WriteExemplar readV1(ProtoReader message) {
    var texts = new ArrayList<Optional<String>>();
    double value = 0;
    long time = 0;
    while (message.next()) {
      switch (message.field()) {
        case 1 ->
            WriteRequestReader.label(
                message.message(),
                (name, text) -> {
                  texts.add(name);
                  texts.add(text);
                });
        case 2 -> value = message.float64();
        case 3 -> time = message.int64();
        default -> {} // as above
      }
    }
    return of(texts, value, time);
  }

  /// Reads an exemplar of version 2.
  static WriteExemplar readV2(ProtoReader message, List<Optional<String>> symbols) {
    var texts = new ArrayList<Optional<String>>();
    var outside = new ArrayList<Long>();
    double value = 0;
    long time = 0;
    while (message.next()) {
      switch (message.field()) {
        case 1 ->
            message.int64s(
                ref -> {
                  if (WriteRequestReader.isOutside(ref, symbols.size())) {
                    outside.add(ref);
                  } else {
                    texts.add(symbols.get((int) ref));
                  }
                });
        case 2 -> value = message.float64();
        case 3 -> time = message.int64();
        default -> {} // as above
      }
    }
    return outside.isEmpty()
        ? of(texts, value, time)
        : new Invalid(
            "reference %s, expected one within the symbols table of size %d"
                .formatted(Long.toUnsignedString(outside.getFirst()), symbols.size()));
  }

  /// @param texts alternating names and values; empty if not UTF-8
  private static WriteExemplar of(List<Optional<String>> texts, double value, long time) {
    if (texts.size() % 2 != 0) {
      return new Invalid(texts.size() + " references, expected pairs of name and value");
    }
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < texts.size(); i++) {
      if (texts.get(i).isEmpty()) {
        return new Invalid("found a label that is not valid UTF-8");
      }
      if (i % 2 == 0 && (texts.get(i).get().isEmpty() || !seen.add(texts.get(i).get()))) {
        return new Invalid("found a label without a name, or twice");
      }
    }
    String[] pairs = texts.stream().map(text -> text.orElse("")).toArray(String[]::new);
    return new Valid(Labels.of(pairs), value, time);
  }
}
