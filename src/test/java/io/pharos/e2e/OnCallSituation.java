package io.pharos.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// What people on call may find on the pages: a drill that has ended, an incident that one of two
/// required people has acknowledged, a maintenance window, jobs that report, and calls to others.
record OnCallSituation(PharosProcess pharos) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /// Writes the files beside `prometheus.yml`.
  ///
  /// @param receiver address that accepts all calls
  static void write(Path folder, String receiver) throws Exception {
    Files.writeString(
        folder.resolve("alertmanager.yml"),
        """
        route:
          receiver: hook
          group_by: [alertname]
          group_wait: 1s
          group_interval: 2s
          routes: [{receiver: pages, matchers: ['alertname="Escalated"']}]
        receivers:
          - name: hook
            webhook_configs: [{url: '%s/hook'}]
          - name: pages
        """
            .formatted(receiver));
    Files.writeString(
        folder.resolve("pharos.yml"),
        """
        receivers: [{name: pages, people_required: 2}]
        heartbeats:
          - {name: accepted, url: '%s/heartbeat', interval: 10s}
          - {name: refused, url: 'http://127.0.0.1:1/heartbeat', interval: 10s}
        """
            .formatted(receiver));
    Files.writeString(
        folder.resolve("oncall.yml"),
        """
        people: [{name: lead, ways: [hook]}, {name: deputy, ways: [hook]}]
        rotations:
          - name: backend
            timezone: Europe/Berlin
            layers:
              - {name: all, members: [lead, deputy], start: 2026-01-05T09:00, handover: weekly}
          - name: office
            timezone: Asia/Shanghai
            allow_gaps: true
            layers:
              - name: day
                members: [deputy]
                start: 2026-01-05T09:00
                handover: daily
                hours: [{days: [monday:friday], from: "09:00", until: "18:00"}]
        policies:
          - name: pages
            drill: {repeat: "FREQ=MONTHLY;BYDAY=1WE", start: 2026-01-07T10:00, timezone: Europe/Berlin}
            levels:
              - {people: [lead]}
              - {rotations: [backend], after: 30m}
        maintenance_windows:
          - name: database-upgrade
            matchers: [service="db"]
            timezone: Europe/Berlin
            start: 2026-03-10T02:00
            duration: 23h
            repeat: FREQ=DAILY
          - {name: releases, matchers: ['service="pages"'], rollouts: [pages/test], duration: 1h}
        """);
    Files.createDirectory(folder.resolve("probes"));
    Files.writeString(
        folder.resolve("probes/jobs.yml"),
        """
        probes:
          - {name: backup, interval: 24h, push: {grace: 1h}}
          - {name: report, interval: 24h, push: {grace: 1h}}
          - {name: cleanup, push: {grace: 1h, cron: "0 3 * * 1-5"}}
        """);
  }

  /// Acknowledges, drills and reports.
  void begin() throws Exception {
    post("/api/pharos/v1/heartbeats/backup", "finished");
    post("/api/pharos/v1/heartbeats/report/3", "no space left");
    post(
        "/api/v2/alerts",
        "[{\"labels\": {\"alertname\": \"Escalated\", \"severity\": \"critical\"},"
            + " \"endsAt\": \"2035-01-01T00:00:00Z\"}]");
    var _ = pharos.await("the episode", PATIENCE, () -> episode() > 0);
    post(
        "/api/pharos/v1/episodes/" + episode() + "/acknowledge",
        "{\"owner\": \"lead\", \"comment\": \"I look at the database\", \"duration\": \"1h\"}");
    String drill =
        "/api/pharos/v1/drills/"
            + JSON.readTree(
                    post("/api/pharos/v1/drills", "{\"policy\": \"pages\", \"wait\": \"2s\"}"))
                .path("number");
    var _ =
        pharos.await(
            "the end of the drill", PATIENCE, () -> read(pharos.get(drill)).has("endedAt"));
  }

  /// Returns the pages that show it, beside those of [PagesIT].
  List<String> pages() {
    var pages = new ArrayList<String>();
    pages.add("/incidents/" + episode());
    pages.add("/incidents?filter=alertname%3DEscalated");
    pages.add(PagesIT.first(pharos.get("/targets?kind=heartbeat").body(), "/targets/[0-9a-f]{16}"));
    return pages;
  }

  private long episode() {
    for (JsonNode episode :
        read(pharos.get("/api/pharos/v1/episodes?state=open&limit=500")).path("episodes")) {
      if (episode.path("title").asText().equals("Escalated")) {
        return episode.path("number").asLong();
      }
    }
    return 0;
  }

  private String post(String path, String body) throws Exception {
    var answer = pharos.post(path, body);
    assertThat(answer.statusCode()).as(path + ": " + answer.body()).isBetween(200, 299);
    return answer.body();
  }

  private static JsonNode read(HttpResponse<String> answer) {
    try {
      return JSON.readTree(answer.body());
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
