package io.pharos.server.web.routing;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toSet;

import io.pharos.alerting.dispatch.RouteNode;
import io.pharos.alerting.mailbox.Mailbox;
import io.pharos.alerting.outbox.Delivery;
import io.pharos.alerting.outbox.LedgerEntry;
import io.pharos.alerting.pipeline.Integration;
import io.pharos.alerting.pipeline.Notification;
import io.pharos.config.alertmanager.AlertmanagerConfig;
import io.pharos.config.alertmanager.IntegrationConfig;
import io.pharos.config.alertmanager.ReceiverConfig;
import io.pharos.config.pharos.RateLimit;
import io.pharos.server.web.design.PageLinks;
import io.pharos.server.web.design.PageText;
import io.pharos.server.web.design.PageTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/// Whether the receivers answer, from the latest deliveries.
///
/// @param config the current configuration
/// @param root the routing tree
/// @param answers the latest deliveries; empty if the store is unavailable
/// @param unconfigured integrations that can't send because a secret file is missing
/// @param silent receivers that can notify nobody now
/// @param tested receiver to which a test message was just sent; empty if none
record ReceiverHealth(
    AlertmanagerConfig config,
    RouteNode root,
    Optional<Answers> answers,
    List<Integration.Unconfigured> unconfigured,
    Set<String> silent,
    String tested,
    Instant now) {
  private static final Duration DAY = Duration.ofDays(1);

  /// The latest deliveries.
  ///
  /// @param newest the last delivery with an answer or a failed attempt, of each integration
  /// @param isComplete whether no older deliveries exist
  /// @param kept integrations whose last message only went to the local mailbox
  /// @param failed number of deliveries of the last day that failed
  /// @param pending number of deliveries without a result
  record Answers(
      Map<Integration.Id, LedgerEntry> newest,
      boolean isComplete,
      Set<Integration.Id> kept,
      Map<Integration.Id, Long> failed,
      Map<Integration.Id, Long> pending) {
    /// Reads the deliveries.
    ///
    /// @param ledger returns the deliveries that match a query, newest first
    /// @param shown removes what the reader may not see
    static Answers read(
        Function<LedgerEntry.Query, List<LedgerEntry>> ledger,
        Function<LedgerEntry, LedgerEntry> shown,
        Instant now) {
      int max = LedgerEntry.Query.MAX_LIMIT;
      List<LedgerEntry> all = ledger.apply(new LedgerEntry.Query("", "", "", max));
      var newest = new HashMap<Integration.Id, LedgerEntry>();
      for (LedgerEntry entry : all) {
        if (isAnswered(entry)) {
          newest.putIfAbsent(entry.key().integration(), entry);
        }
      }
      Set<Integration.Id> kept =
          newest.values().stream()
              .filter(entry -> entry.answer().startsWith(Mailbox.STORED))
              .map(entry -> entry.key().integration())
              .collect(toSet());
      newest.replaceAll((_, entry) -> shown.apply(entry));
      return new Answers(
          newest,
          all.size() < max,
          kept,
          count(
              ledger.apply(
                  new LedgerEntry.Query("", "failed", "", Optional.of(now.minus(DAY)), max))),
          count(ledger.apply(new LedgerEntry.Query("", "pending", "", max))));
    }

    private static boolean isAnswered(LedgerEntry entry) {
      return switch (entry.status()) {
        case SENT, FAILED -> true;
        case PENDING -> !entry.failures().isEmpty();
        case SUPERSEDED -> false;
      };
    }

    private static Map<Integration.Id, Long> count(List<LedgerEntry> entries) {
      return entries.stream()
          .collect(groupingBy(entry -> entry.key().integration(), HashMap::new, counting()));
    }
  }

  /// Returns the anchor of each receiver on the page, in the order of the configuration.
  Map<String, String> anchors() {
    return anchors(config);
  }

  /// Returns the anchor of each receiver of a configuration.
  static Map<String, String> anchors(AlertmanagerConfig config) {
    var anchors = new LinkedHashMap<String, String>();
    for (ReceiverConfig receiver : config.receivers()) {
      anchors.put(receiver.name(), "receiver-" + (anchors.size() + 1));
    }
    return anchors;
  }

  /// Returns the receivers, in the order of the configuration.
  List<ReceiverRow> rows() {
    Map<String, String> anchors = anchors();
    Map<String, Long> routes = root.all().collect(groupingBy(RouteNode::receiver, counting()));
    Set<String> fallbacks = new HashSet<>(config.delivery().fallbacks().values());
    return config.receivers().stream()
        .map(
            receiver ->
                row(
                    receiver,
                    anchors.getOrDefault(receiver.name(), ""),
                    routes.getOrDefault(receiver.name(), 0L),
                    fallbacks.contains(receiver.name())))
        .toList();
  }

  private ReceiverRow row(ReceiverConfig receiver, String anchor, long routes, boolean isFallback) {
    var use = new ArrayList<String>();
    use.add(routes == 0 ? "no route leads here" : PageText.count(routes, "route"));
    if (isFallback) {
      use.add("fallback of others");
    }
    config
        .delivery()
        .fallback(receiver.name())
        .ifPresent(name -> use.add("if it does not answer: " + PageText.of(name)));
    config.delivery().limit(receiver.name()).map(ReceiverHealth::limit).ifPresent(use::add);
    var counts = new HashMap<String, Integer>();
    return new ReceiverRow(
        anchor,
        receiver.name(),
        PageText.of(receiver.name()),
        "/routing/ledger?receiver=" + PageLinks.encoded(receiver.name()),
        String.join(" · ", use),
        routes > 0 || isFallback,
        receiver.name().equals(tested),
        receiver.integrations().stream()
            .map(
                one ->
                    row(
                        new Integration.Id(
                            receiver.name(),
                            one.type(),
                            counts.merge(one.type(), 1, Integer::sum) - 1),
                        one))
            .toList());
  }

  private static String limit(RateLimit limit) {
    return "at most %s in %s, then combined"
        .formatted(PageText.count(limit.messages(), "message"), PageTime.span(limit.per()));
  }

  private ReceiverRow.IntegrationRow row(Integration.Id id, IntegrationConfig integration) {
    LedgerEntry last = answers.map(known -> known.newest().get(id)).orElse(null);
    Optional<String> missing =
        unconfigured.stream()
            .filter(one -> one.integration().equals(id))
            .map(Integration.Unconfigured::missing)
            .findFirst();
    String name = LedgerRow.integration(id);
    String addressee = PageText.of(integration.addressee());
    String trouble = trouble(id);
    if (missing.isPresent()) {
      return new ReceiverRow.IntegrationRow(
          name, addressee, "unconfigured", PageText.of(missing.get()), null, "", "", "", trouble);
    }
    if (last == null) {
      return new ReceiverRow.IntegrationRow(
          name,
          addressee,
          answers.isEmpty() ? "unknown" : "idle",
          answers
              .map(
                  known ->
                      known.isComplete()
                          ? "no message yet"
                          : "none of the newest %,d deliveries went here"
                              .formatted(LedgerEntry.Query.MAX_LIMIT))
              .orElse("the store is unavailable"),
          null,
          "",
          "",
          "",
          trouble);
    }
    return new ReceiverRow.IntegrationRow(
        name,
        addressee,
        LedgerRow.status(last),
        "",
        PageTime.of(answeredAt(last), now),
        last.reason() == Notification.Reason.TEST
            ? "a test message"
            : PageText.of(last.groupLabels().get("alertname")),
        PageText.of(answer(last)),
        LedgerRow.attempts(last),
        trouble);
  }

  private static Instant answeredAt(LedgerEntry entry) {
    Instant finished = entry.finishedAt();
    return finished != null
        ? finished
        : entry.failures().isEmpty() ? entry.decidedAt() : entry.failures().getLast().at();
  }

  private static String answer(LedgerEntry entry) {
    return entry.status() == Delivery.Status.PENDING && !entry.failures().isEmpty()
        ? entry.failures().getLast().reason()
        : entry.answer();
  }

  private String trouble(Integration.Id id) {
    long failed = answers.map(known -> known.failed().getOrDefault(id, 0L)).orElse(0L);
    long pending = answers.map(known -> known.pending().getOrDefault(id, 0L)).orElse(0L);
    var parts = new ArrayList<String>();
    if (failed > 0) {
      parts.add("%,d failed in 24 h".formatted(failed));
    }
    if (pending > 0) {
      parts.add("%,d waiting".formatted(pending));
    }
    return String.join(", ", parts);
  }

  /// Returns the first sentences of the page.
  Verdict verdict(List<ReceiverRow> rows) {
    List<ReceiverRow> used = rows.stream().filter(ReceiverRow::isUsed).toList();
    if (!silent.isEmpty()) {
      String names = silent.stream().map(PageText::of).collect(joining(", "));
      return new Verdict(
          "firing",
          silent.size() == 1
              ? "Receiver %s has no working integration: nobody gets its messages.".formatted(names)
              : "Receivers %s have no working integration: nobody gets their messages."
                  .formatted(names),
          "Create the secret files that are missing below.");
    }
    List<String> failing =
        used.stream()
            .filter(row -> row.integrations().stream().anyMatch(it -> it.isFailing()))
            .map(ReceiverHealth::failing)
            .toList();
    if (!failing.isEmpty()) {
      return new Verdict(
          "firing",
          (failing.size() == 1
                  ? "1 receiver does not answer: "
                  : failing.size() + " receivers do not answer: ")
              + PageText.of(String.join(", ", failing))
              + ".",
          "");
    }
    if (answers.isEmpty()) {
      return new Verdict(
          "unknown", "The store is unavailable, so Pharos can't tell if receivers answer.", "");
    }
    if (used.stream().allMatch(row -> row.integrations().isEmpty())) {
      return new Verdict(
          "unknown",
          "No receiver has an integration, so alerts reach no person.",
          "Add integrations to the receivers in alertmanager.yml or pharos.yml.");
    }
    return answering(used);
  }

  private Verdict answering(List<ReceiverRow> used) {
    List<ReceiverRow.IntegrationRow> all =
        used.stream().flatMap(row -> row.integrations().stream()).toList();
    long idle = all.stream().filter(one -> one.at() == null).count();
    if (idle == all.size()) {
      return new Verdict(
          "unknown",
          "No message was sent yet, so Pharos can't tell if receivers answer.",
          "Send a test to each of them.");
    }
    long kept =
        answers
            .map(
                known ->
                    known.kept().stream()
                        .filter(
                            id -> used.stream().anyMatch(row -> row.name().equals(id.receiver())))
                        .count())
            .orElse(0L);
    if (kept > 0) {
      return new Verdict(
          "unknown",
          kept == all.size() - idle
              ? "All messages stay in the local mailbox: nobody outside is told."
              : "Messages of "
                  + PageText.count(kept, "integration")
                  + " stay in the local mailbox: nobody outside gets them.",
          "The last answers below say why.");
    }
    return new Verdict(
        "ok",
        "Every receiver answered its last message.",
        idle == 0
            ? ""
            : idle == 1
                ? "1 integration got no message yet; a test shows if it works."
                : idle + " integrations got no message yet; tests show if they work.");
  }

  private static String failing(ReceiverRow row) {
    return row.integrations().stream()
        .filter(ReceiverRow.IntegrationRow::isFailing)
        .map(ReceiverRow.IntegrationRow::name)
        .collect(joining(", ", row.shown() + " (", ")"));
  }

  /// The first sentences of a page.
  ///
  /// @param state `ok`, `firing` or `unknown`
  record Verdict(String state, String sentence, String detail) {}
}
