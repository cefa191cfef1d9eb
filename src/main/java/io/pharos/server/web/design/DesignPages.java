package io.pharos.server.web.design;

import io.quarkus.qute.CheckedTemplate;
import io.quarkus.qute.TemplateInstance;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/// The page of the design: each part of a page in each state.
@Path("/design")
@Produces(MediaType.TEXT_HTML)
@RunOnVirtualThread
public class DesignPages {
  private static final List<String> STATES =
      List.of(
          "firing",
          "pending",
          "held",
          "silenced",
          "inhibited",
          "muted",
          "ok",
          "resolved",
          "unknown",
          "up",
          "down",
          "degraded",
          "sent",
          "retrying",
          "failed",
          "superseded",
          "expired",
          "pass",
          "fail",
          "inconclusive",
          "running",
          "returned",
          "overridden",
          "heartbeat");

  private static final List<String> SEVERITIES = List.of("critical", "warning", "info", "none");

  @CheckedTemplate
  static final class Templates {
    private Templates() {}

    static native TemplateInstance design(
        String title,
        List<String> states,
        List<String> severities,
        PageTime time,
        List<Sparkline> sparklines,
        HistoryBars history);
  }

  private final InstantSource clock;

  DesignPages(InstantSource clock) {
    this.clock = clock;
  }

  /// Shows the page.
  @GET
  public TemplateInstance design() {
    Instant now = clock.instant();
    return Templates.design(
        "Design",
        STATES,
        SEVERITIES,
        PageTime.of(now.minusSeconds(3 * 3600 + 240), now),
        List.of(
            Sparkline.of(new double[] {1, 3, 2, 5, 4, 8, 6}, "1 to 8 requests a second"),
            Sparkline.of(
                new double[] {2, Double.NaN, Double.NaN, 3, 3, 4, 1}, "1 to 4, with a gap"),
            Sparkline.of(new double[] {0, 0, 0, 0}, "0"),
            Sparkline.of(new double[] {Double.NaN, Double.NaN}, "no data")),
        history());
  }

  private static HistoryBars history() {
    var shares = new double[48];
    var spans = new ArrayList<String>();
    for (int i = 0; i < shares.length; i++) {
      shares[i] = i < 6 ? Double.NaN : i == 20 ? 0.4 : i == 21 ? 0 : 1;
      spans.add("span " + (i + 1));
    }
    return HistoryBars.of(shares, spans);
  }
}
