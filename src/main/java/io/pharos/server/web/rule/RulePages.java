package io.pharos.server.web.rule;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.alerting.dispatch.Dispatcher;
import io.pharos.alerting.message.TextLimit;
import io.pharos.model.Labels;
import io.pharos.promql.value.Evaluator;
import io.pharos.rules.GroupSnapshot;
import io.pharos.rules.RuleManager;
import io.pharos.rules.RuleSnapshot;
import io.pharos.rules.test.AlertTests;
import io.pharos.server.api.QueryWork;
import io.pharos.server.api.ServiceStatus;
import io.pharos.server.api.refusal.NothingFoundException;
import io.pharos.server.web.design.PageLinks;
import io.pharos.server.web.design.PageTime;
import io.pharos.server.web.incident.Board;
import io.pharos.server.web.incident.CurrentAlert;
import io.pharos.server.web.incident.IncidentBoard;
import io.pharos.server.web.query.Asked;
import io.pharos.server.web.query.GraphPanels;
import io.pharos.server.web.query.GraphRequest;
import io.pharos.server.web.query.ResultTree;
import io.pharos.trouble.ObservationGaps;
import io.quarkus.qute.CheckedTemplate;
import io.quarkus.qute.TemplateInstance;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The list of rules, and the page of a rule.
@Path("/rules")
@Produces(MediaType.TEXT_HTML)
@RunOnVirtualThread
public class RulePages {
  private static final List<String> STATES =
      Stream.of(RuleStanding.values()).map(RuleStanding::text).toList();

  @CheckedTemplate
  static final class Templates {
    private Templates() {}

    static native TemplateInstance rules(
        String title, RuleSearch search, List<String> states, RuleList list);

    static native TemplateInstance rule(String title, RulePage page);
  }

  private final RuleManager rules;
  private final IncidentBoard board;
  private final Dispatcher dispatcher;
  private final Evaluator evaluator;
  private final QueryWork work;
  private final ObservationGaps gaps;
  private final MeterRegistry meters;
  private final ServiceStatus status;
  private final InstantSource clock;

  RulePages(
      RuleManager rules,
      IncidentBoard board,
      Dispatcher dispatcher,
      Evaluator evaluator,
      QueryWork work,
      ObservationGaps gaps,
      MeterRegistry meters,
      ServiceStatus status,
      InstantSource clock) {
    this.rules = rules;
    this.board = board;
    this.dispatcher = dispatcher;
    this.evaluator = evaluator;
    this.work = work;
    this.gaps = gaps;
    this.meters = meters;
    this.status = status;
    this.clock = clock;
  }

  /// Shows the rules.
  ///
  /// @param text words that the shown rules contain
  /// @param state the only state that is shown
  /// @param sort `cost` lists the most expensive rules first
  @GET
  public TemplateInstance rules(
      @QueryParam("q") @Nullable String text,
      @QueryParam("state") @Nullable String state,
      @QueryParam("sort") @Nullable String sort) {
    RuleSearch search = RuleSearch.of(text, state, sort);
    return Templates.rules(
        "Rules", search, STATES, RuleList.of(rules.groups(), search, clock.instant()));
  }

  /// Shows a rule.
  ///
  /// @param range time range of the chart and the history: `1h`, `24h` or `7d`
  @GET
  @Path("/{id}")
  public TemplateInstance rule(
      @PathParam("id") String id,
      @QueryParam("range") @Nullable String range,
      @HeaderParam("Sec-CH-UA-Mobile") @Nullable String mobile,
      @HeaderParam("User-Agent") @Nullable String agent) {
    for (GroupSnapshot group : rules.groups()) {
      for (RuleSnapshot rule : group.rules()) {
        if (PageLinks.ruleId(group, rule).equals(id)) {
          return Templates.rule(
              TextLimit.line(RuleRow.MAX_NAME, rule.name()),
              page(
                  group,
                  rule,
                  AlertHistory.Range.of(range == null ? "" : range),
                  GraphPanels.Screen.of(mobile, agent)));
        }
      }
    }
    throw new NothingFoundException("There is no rule '" + id + "'");
  }

  private RulePage page(
      GroupSnapshot group, RuleSnapshot rule, AlertHistory.Range range, GraphPanels.Screen screen) {
    Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    List<CurrentAlert> alerts = alerts(PageLinks.ruleId(group, rule));
    Asked<List<ResultTree.Row>> parts = Asked.of(work, () -> parts(group, rule, now));
    Optional<Instant> since = alerts.stream().map(CurrentAlert::since).min(Instant::compareTo);
    Asked<GraphPanels.View> chart =
        rule.isOfLines()
            ? Asked.nothing()
            : Asked.of(work, () -> chart(rule, range, since, now, screen));
    Asked<AlertHistory> history =
        rule instanceof RuleSnapshot.Alerting alerting
            ? Asked.of(work, () -> history(group, alerting, range, now))
            : Asked.nothing();
    return new RulePage(
        PageTime.of(now),
        group,
        rule,
        RuleDetail.of(group, rule, missed(group), now),
        alerts.stream()
            .limit(RulePage.MAX_NOTICES)
            .flatMap(
                alert ->
                    alert.origin().stream()
                        .map(origin -> CurrentNotice.of(alert, origin, status, now)))
            .toList(),
        Math.max(0, alerts.size() - RulePage.MAX_NOTICES),
        alerts.isEmpty() ? routes(rule) : List.of(),
        parts.value() == null ? List.of() : parts.value(),
        parts.problem(),
        chart.value(),
        chart.problem(),
        history.value(),
        history.problem(),
        tests(group, rule),
        Stream.of(AlertHistory.Range.values())
            .map(
                one ->
                    new RulePage.Hop(
                        one.text(),
                        PageLinks.rule(group, rule) + "?range=" + one.text(),
                        one == range))
            .toList());
  }

  private List<ResultTree.Row> parts(GroupSnapshot group, RuleSnapshot rule, Instant now) {
    long at = now.minus(group.queryOffset()).toEpochMilli();
    return RuleDetail.tree(rule)
        .map(tree -> new ResultTree(evaluator, at, work.nanoTime()).of(tree))
        .orElse(List.of());
  }

  private GraphPanels.View chart(
      RuleSnapshot rule,
      AlertHistory.Range range,
      Optional<Instant> since,
      Instant now,
      GraphPanels.Screen screen) {
    var panel = GraphRequest.Panel.of(rule.query(), range.length(), since.orElse(null));
    return new GraphPanels(evaluator).view(panel, now, screen);
  }

  private AlertHistory history(
      GroupSnapshot group, RuleSnapshot.Alerting rule, AlertHistory.Range range, Instant now) {
    return AlertHistory.read(evaluator, group, rule, range, now, gaps.missing(now.toEpochMilli()));
  }

  private List<CurrentAlert> alerts(String id) {
    Board now = board.now();
    return Stream.concat(
            now.all().flatMap(incident -> incident.alerts().stream()), now.heartbeats().stream())
        .filter(
            alert ->
                alert
                    .origin()
                    .filter(origin -> PageLinks.ruleId(origin.group(), origin.rule()).equals(id))
                    .isPresent())
        .toList();
  }

  /// Returns the routes of an alert that has only the labels of the rule whose values are known
  /// before it fires.
  private List<CurrentNotice.Route> routes(RuleSnapshot rule) {
    if (rule instanceof RuleSnapshot.Recording) {
      return List.of();
    }
    Map<String, String> known =
        rule.labels().entrySet().stream()
            .filter(label -> !label.getValue().contains("{{"))
            .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    Labels labels =
        status.externalLabels().toBuilder()
            .setAll(Labels.of(known))
            .set("alertname", rule.name())
            .build();
    return dispatcher.routes(labels).stream().map(CurrentNotice.Route::of).toList();
  }

  private static List<AlertTests.Found> tests(GroupSnapshot group, RuleSnapshot rule) {
    return rule instanceof RuleSnapshot.Alerting
        ? AlertTests.of(group.file(), rule.name()).stream().limit(RulePage.MAX_TESTS).toList()
        : List.of();
  }

  private long missed(GroupSnapshot group) {
    return Optional.ofNullable(
            meters
                .find("prometheus.rule.group.iterations.missed")
                .tag("rule_group", group.file() + ";" + group.name())
                .counter())
        .map(Counter::count)
        .map(Math::round)
        .orElse(0L);
  }
}
