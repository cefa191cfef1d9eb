package io.pharos.gate.hindsight;

import static io.pharos.model.SharedMapper.JSON;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.model.Sha256;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// One line of the anchor files: the last fact of a gate's chain, chained to the previous line of
/// the same service (docs/format/gate-anchors.md).
///
/// @param number number of the line among the lines of the service, from 1
/// @param at when the line was written
/// @param state name of the gate's [io.pharos.gate.GateState]
/// @param facts number of facts that the gate had
/// @param chain chain of the gate's last fact
/// @param previous link of the service's previous line; [#BEGINNING] for its first line
/// @param link SHA-256 over all other fields
public record AnchorLine(
    String service,
    long number,
    Instant at,
    String gate,
    String state,
    int facts,
    String chain,
    String previous,
    String link) {
  /// The value of `previous` in a service's first line.
  public static final String BEGINNING = "0".repeat(64);

  /// Returns the next line of a service.
  ///
  /// @param before the previous line; null for the first
  public static AnchorLine after(
      @Nullable Mark before,
      String service,
      Instant at,
      String gate,
      String state,
      int facts,
      String chain) {
    long number = before == null ? 1 : before.number() + 1;
    String previous = before == null ? BEGINNING : before.link();
    var line = new AnchorLine(service, number, at, gate, state, facts, chain, previous, "");
    return new AnchorLine(service, number, at, gate, state, facts, chain, previous, line.hash());
  }

  /// The number and link of a service's last line.
  public record Mark(long number, String link) {}

  /// Returns the mark of this line.
  public Mark mark() {
    return new Mark(number, link);
  }

  /// Returns why this line cannot be the one after `before`; empty if it can.
  ///
  /// @param before the service's previous line; null if it is not known
  Optional<String> breakAfter(@Nullable Mark before) {
    if (!link.equals(hash())) {
      return Optional.of("its link does not match its fields");
    }
    if (before == null) {
      return number == 1 && !previous.equals(BEGINNING)
          ? Optional.of("it is the first line of its service but has a previous link")
          : Optional.empty();
    }
    if (number != before.number() + 1) {
      return Optional.of(
          "its number is %d, but the previous line of its service has the number %d"
              .formatted(number, before.number()));
    }
    return previous.equals(before.link())
        ? Optional.empty()
        : Optional.of("its previous link is not the link of the previous line of its service");
  }

  /// Returns the link computed from the other fields.
  private String hash() {
    return Sha256.hex(
        String.join(
            "\n",
            previous,
            service,
            Long.toString(number),
            at.toString(),
            gate,
            state,
            Integer.toString(facts),
            chain));
  }

  /// Returns the line without its line feed.
  public String toJson() {
    return JSON.createObjectNode()
        .put("service", service)
        .put("n", number)
        .put("at", at.toString())
        .put("gate", gate)
        .put("state", state)
        .put("facts", facts)
        .put("chain", chain)
        .put("previous", previous)
        .put("link", link)
        .toString();
  }

  /// Parses a line that [#toJson] wrote.
  ///
  /// @throws IllegalArgumentException when the text is not exactly such a line
  public static AnchorLine parse(String text) {
    JsonNode node = HindsightJson.object(text);
    var line =
        new AnchorLine(
            HindsightJson.text(node, "service"),
            node.path("n").asLong(),
            HindsightJson.instant(node, "at"),
            HindsightJson.text(node, "gate"),
            HindsightJson.text(node, "state"),
            HindsightJson.integer(node, "facts"),
            HindsightJson.text(node, "chain"),
            HindsightJson.text(node, "previous"),
            HindsightJson.text(node, "link"));
    if (!line.toJson().equals(text)) {
      throw new IllegalArgumentException("it differs from the text that Pharos writes");
    }
    return line;
  }
}
