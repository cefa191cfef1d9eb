package io.pharos.gate.hindsight;

import static io.pharos.model.SharedMapper.JSON;
import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.gate.deployment.Sha256;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// One line of the anchors: where the chain of a gate stood, chained to the line before it of the
/// same service (docs/format/gate-anchors.md).
///
/// @param number of the line among those of the service, from 1
/// @param at when it was written
/// @param state of the gate, as [io.pharos.gate.GateState] names it
/// @param facts how many facts the gate had
/// @param chain what they end in
/// @param previous the link of the line before; that of a service's first line is [#BEGINNING]
/// @param link SHA-256 over all of it
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
  /// What the first line of a service follows.
  public static final String BEGINNING = "0".repeat(64);

  public AnchorLine {
    requireNonNull(service, "service is null");
    requireNonNull(at, "at is null");
    requireNonNull(gate, "gate is null");
    requireNonNull(state, "state is null");
    requireNonNull(chain, "chain is null");
    requireNonNull(previous, "previous is null");
    requireNonNull(link, "link is null");
  }

  /// The line that follows another one of its service.
  ///
  /// @param before null for the first one
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
    return new AnchorLine(
        service,
        number,
        at,
        gate,
        state,
        facts,
        chain,
        previous,
        hash(service, number, at, gate, state, facts, chain, previous));
  }

  /// Where the lines of a service stand.
  public record Mark(long number, String link) {}

  public Mark mark() {
    return new Mark(number, link);
  }

  /// Whether its link is its own, and it stands behind a line, as far as that one is known.
  Optional<String> breakBehind(@Nullable Mark before) {
    if (!link.equals(hash(service, number, at, gate, state, facts, chain, previous))) {
      return Optional.of("its link is not that of what it says");
    }
    if (before == null) {
      return number == 1 && !previous.equals(BEGINNING)
          ? Optional.of("it is the first of its service, and follows another one")
          : Optional.empty();
    }
    if (number != before.number() + 1) {
      return Optional.of(
          "it is number %d of its service, behind number %d".formatted(number, before.number()));
    }
    return previous.equals(before.link())
        ? Optional.empty()
        : Optional.of("it does not follow from the line before it of its service");
  }

  private static String hash(
      String service,
      long number,
      Instant at,
      String gate,
      String state,
      int facts,
      String chain,
      String previous) {
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

  /// The line without its line feed.
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

  /// The line that [#toJson] wrote.
  ///
  /// @throws IllegalArgumentException when the text is anything else, were it by one blank
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
      throw new IllegalArgumentException("it is not written as Pharos writes it");
    }
    return line;
  }
}
