package io.pharos.server.web;

import io.pharos.rules.GroupSnapshot;
import io.pharos.rules.RuleManager;
import io.pharos.rules.RuleSnapshot;
import io.pharos.server.web.design.PageLinks;
import io.pharos.server.web.design.PageTime;
import io.quarkus.qute.CheckedTemplate;
import io.quarkus.qute.TemplateInstance;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The page of rules.
@Path("/")
@Produces(MediaType.TEXT_HTML)
@RunOnVirtualThread
public class NowPages {
  /// One rule as a row.
  ///
  /// @param lastRun null before the first evaluation
  record RuleRow(
      String group,
      String name,
      String state,
      String query,
      String graph,
      String error,
      List<String> warnings,
      @Nullable PageTime lastRun) {}

  @CheckedTemplate
  static final class Templates {
    private Templates() {}

    static native TemplateInstance rules(String title, List<RuleRow> rules);
  }

  private final RuleManager rules;

  NowPages(RuleManager rules) {
    this.rules = rules;
  }

  private static String graph(RuleSnapshot rule) {
    return rule.isOfLines() ? "/rules" : PageLinks.query(rule.query());
  }

  /// Shows the rules.
  @GET
  @Path("/rules")
  public TemplateInstance rules() {
    var rows = new ArrayList<RuleRow>();
    for (GroupSnapshot group : rules.groups()) {
      for (RuleSnapshot rule : group.rules()) {
        String state =
            switch (rule) {
              case RuleSnapshot.Alerting alerting -> alerting.state().text();
              case RuleSnapshot.Recording _ -> "recording";
            };
        var evaluatedAt = rule.evaluation().at();
        rows.add(
            new RuleRow(
                group.name(),
                rule.name(),
                state,
                rule.query(),
                graph(rule),
                rule.evaluation().lastError(),
                rule.evaluation().warnings(),
                evaluatedAt == null ? null : PageTime.of(evaluatedAt)));
      }
    }
    return Templates.rules("Rules", rows);
  }
}
