package io.pharos.server.web.home;

import io.pharos.rules.GroupSnapshot;
import io.pharos.rules.RuleManager;
import io.pharos.rules.RuleSnapshot;
import io.pharos.server.web.Runbooks;
import io.pharos.server.web.design.PageLinks;
import io.pharos.server.web.design.PageText;
import io.pharos.server.web.design.TopBar;
import io.pharos.server.web.incident.Incident;
import io.pharos.server.web.incident.IncidentBoard;
import io.quarkus.qute.CheckedTemplate;
import io.quarkus.qute.TemplateInstance;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jboss.resteasy.reactive.RestQuery;
import org.jspecify.annotations.Nullable;

/// Finds pages, incidents, rules and runbooks by a part of their names.
@Path("/find")
@Produces(MediaType.TEXT_HTML)
@RunOnVirtualThread
public class FindPages {
  /// More results of one kind than a person reads; more letters find the others.
  private static final int MAX_RESULTS = 12;

  private static final String PAGE = "console page";

  /// A result.
  record Result(String kind, String name, String address, String more) {
    /// Whether the name is of the pages, so that it is translated.
    public boolean isPage() {
      return kind.equals(PAGE);
    }

    private boolean matches(String words) {
      String text = (name + " " + more).toLowerCase(Locale.ROOT);
      return Stream.of(words.split(" +")).allMatch(text::contains);
    }
  }

  @CheckedTemplate
  static final class Templates {
    private Templates() {}

    static native TemplateInstance find(String title, String words, List<Result> results);
  }

  private final IncidentBoard boards;
  private final RuleManager rules;
  private final Runbooks runbooks;
  private final TopBar bar;

  FindPages(IncidentBoard boards, RuleManager rules, Runbooks runbooks, TopBar bar) {
    this.boards = boards;
    this.rules = rules;
    this.runbooks = runbooks;
    this.bar = bar;
  }

  /// Shows what has all of the words in its name.
  ///
  /// @param q the words; null for the pages alone
  @GET
  public TemplateInstance find(@RestQuery @Nullable String q) {
    String words = q == null ? "" : q.strip().toLowerCase(Locale.ROOT);
    var results = new ArrayList<Result>();
    add(
        results,
        words,
        bar.entries().stream().map(it -> new Result(PAGE, it.label(), it.address(), "")));
    if (!words.isEmpty()) {
      add(results, words, boards.now().all().map(FindPages::incident));
      add(results, words, rules.groups().stream().flatMap(FindPages::rules));
      add(
          results,
          words,
          runbooks.names().stream().map(it -> new Result("runbook", it, "/runbooks/" + it, "")));
    }
    return Templates.find("Find", words, results);
  }

  private static void add(List<Result> results, String words, Stream<Result> candidates) {
    candidates.filter(it -> it.matches(words)).limit(MAX_RESULTS).forEach(results::add);
  }

  private static Result incident(Incident incident) {
    return new Result(
        "incident",
        PageText.of(incident.worst().name()),
        PageLinks.incident(incident.groupLabels()),
        PageText.of(incident.groupLabels().toString()));
  }

  private static Stream<Result> rules(GroupSnapshot group) {
    return group.rules().stream().map(rule -> rule(group, rule));
  }

  private static Result rule(GroupSnapshot group, RuleSnapshot rule) {
    return new Result(
        "rule", PageText.of(rule.name()), PageLinks.rule(group, rule), PageText.of(group.name()));
  }
}
