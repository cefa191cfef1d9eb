package io.pharos.server.web.query;

import io.pharos.limits.work.BusyException;
import io.pharos.limits.work.CancelledException;
import io.pharos.model.LabelMatcher;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.InstantVector;
import io.pharos.promql.value.QueryException;
import io.pharos.rules.RuleManager;
import io.pharos.server.api.QueryWork;
import io.pharos.server.api.refusal.NothingFoundException;
import io.pharos.server.web.dashboard.DashboardFolder;
import io.pharos.server.web.design.PageLinks;
import io.pharos.server.web.design.PageText;
import io.quarkus.qute.CheckedTemplate;
import io.quarkus.qute.TemplateInstance;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The metric explorer: which metrics there are, and for each its type, help, labels, and the rules
/// and dashboards that use it.
@Path("/query/metrics")
@Produces(MediaType.TEXT_HTML)
@RunOnVirtualThread
public class MetricPages {
  /// Maximum number of metrics in the list; the search finds the others.
  private static final int MAX_METRICS = 200;

  /// Maximum number of values that are shown of a label.
  private static final int MAX_VALUES = 12;

  private static final Duration LIMIT = Duration.ofSeconds(10);
  private static final Pattern PLAIN = Pattern.compile("[a-zA-Z_:][a-zA-Z0-9_:]*");

  /// A metric in the list.
  record Row(String name, String address, String type, String help) {}

  /// A label of a metric with its cardinality.
  ///
  /// @param values some of its values
  record LabelRow(String name, String count, int cardinality, List<String> values, String query) {}

  /// A link.
  record Link(String text, String address) {}

  /// A metric.
  ///
  /// @param labels those with the most values first
  /// @param hints better expressions than the bare name
  record Metric(
      String name,
      SeriesIndex.Metadata metadata,
      String series,
      String query,
      List<QueryHints.Hint> hints,
      List<LabelRow> labels,
      List<Link> rules,
      List<Link> dashboards) {}

  @CheckedTemplate
  static final class Templates {
    private Templates() {}

    static native TemplateInstance list(
        String title, String search, List<Row> metrics, String omitted, String problem);

    static native TemplateInstance metric(String title, @Nullable Metric metric, String problem);
  }

  private final SeriesIndex index;
  private final Evaluator evaluator;
  private final RuleManager rules;
  private final DashboardFolder dashboards;
  private final QueryWork work;
  private final InstantSource clock;

  MetricPages(
      SeriesIndex index,
      Evaluator evaluator,
      RuleManager rules,
      DashboardFolder dashboards,
      QueryWork work,
      InstantSource clock) {
    this.index = index;
    this.evaluator = evaluator;
    this.rules = rules;
    this.dashboards = dashboards;
    this.work = work;
    this.clock = clock;
  }

  /// Lists the metrics.
  ///
  /// @param search words that a metric's name, type or help contains
  @GET
  public TemplateInstance list(@QueryParam("q") @Nullable String search) {
    String words = search == null ? "" : search.strip();
    try {
      List<Row> found =
          work.call(Optional.of(LIMIT), () -> index.labelValues("__name__", List.of())).stream()
              .map(this::row)
              .filter(row -> matches(row, words))
              .toList();
      return Templates.list(
          "Metrics",
          words,
          found.stream().limit(MAX_METRICS).toList(),
          found.size() > MAX_METRICS
              ? "%s of %s are shown."
                  .formatted(
                      PageText.counted(MAX_METRICS, "metric"),
                      PageText.counted(found.size(), "metric"))
              : "",
          "");
    } catch (BusyException e) {
      return Templates.list("Metrics", words, List.of(), "", "Pharos is busy: " + e.text() + ".");
    } catch (CancelledException _) {
      return Templates.list(
          "Metrics", words, List.of(), "", "Reading the names of the metrics took too long.");
    } catch (QueryException e) {
      return Templates.list(
          "Metrics", words, List.of(), "", "The metrics are unknown: " + e.reason());
    }
  }

  private Row row(String name) {
    SeriesIndex.Metadata metadata = index.metadata(name);
    return new Row(PageText.of(name), address(name), metadata.type(), PageText.of(metadata.help()));
  }

  private static String address(String name) {
    return "/query/metrics/" + PageLinks.encoded(name).replace("+", "%20");
  }

  private static boolean matches(Row row, String search) {
    String text = (row.name() + " " + row.type() + " " + row.help()).toLowerCase(Locale.ROOT);
    for (String word : search.toLowerCase(Locale.ROOT).split("\\s+", -1)) {
      if (!text.contains(word)) {
        return false;
      }
    }
    return true;
  }

  /// Shows a metric.
  @GET
  @Path("/{name}")
  public TemplateInstance metric(@PathParam("name") String name) {
    String title = PageText.of(name);
    try {
      return Templates.metric(title, work.call(Optional.of(LIMIT), () -> read(name)), "");
    } catch (BusyException e) {
      return Templates.metric(title, null, "Pharos is busy: " + e.text() + ".");
    } catch (CancelledException _) {
      return Templates.metric(title, null, "Reading the labels took too long.");
    } catch (QueryException e) {
      return Templates.metric(title, null, "The labels are unknown: " + e.reason());
    }
  }

  private Metric read(String name) {
    List<LabelMatcher> matchers = List.of(LabelMatcher.equal("__name__", name));
    String selector = PLAIN.matcher(name).matches() ? name : "{" + matchers.getFirst() + "}";
    long series = count(selector);
    if (series == 0) {
      throw new NothingFoundException("There is no recent series of the metric '" + name + "'");
    }
    return new Metric(
        PageText.of(name),
        index.metadata(name),
        PageText.counted(series, "series"),
        PageLinks.query(selector),
        new QueryHints(index).of(selector),
        index.labelNames(matchers).stream()
            .filter(label -> !label.equals("__name__"))
            .map(label -> label(label, selector, matchers))
            .sorted(Comparator.comparingInt(LabelRow::cardinality).reversed())
            .toList(),
        rules(name),
        dashboards(name));
  }

  private long count(String selector) {
    return evaluator.instant("count(last_over_time(" + selector + "[1h]))", clock.millis()).value()
                instanceof InstantVector vector
            && !vector.isEmpty()
        ? (long) vector.value(0)
        : 0;
  }

  private LabelRow label(String label, String selector, List<LabelMatcher> matchers) {
    List<String> values = index.labelValues(label, matchers);
    return new LabelRow(
        label,
        PageText.counted(values.size(), "value"),
        values.size(),
        values.stream().limit(MAX_VALUES).map(PageText::of).toList(),
        PageLinks.query("count by (" + label + ") (" + selector + ")"));
  }

  private List<Link> rules(String name) {
    Pattern word = word(name);
    return rules.groups().stream()
        .flatMap(
            group ->
                group.rules().stream()
                    .filter(rule -> word.matcher(rule.query()).find())
                    .map(rule -> new Link(PageText.of(rule.name()), PageLinks.rule(group, rule))))
        .distinct()
        .toList();
  }

  private List<Link> dashboards(String name) {
    Pattern word = word(name);
    return dashboards.dashboards().stream()
        .filter(one -> word.matcher(one.json().toString()).find())
        .map(one -> new Link(PageText.of(one.title()), "/dashboards/" + one.uid()))
        .toList();
  }

  private static Pattern word(String name) {
    return Pattern.compile("(?<![a-zA-Z0-9_:])" + Pattern.quote(name) + "(?![a-zA-Z0-9_:])");
  }
}
