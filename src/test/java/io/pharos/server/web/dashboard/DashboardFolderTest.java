package io.pharos.server.web.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.dashboards.DashboardReading.QuerySources;
import io.pharos.promql.value.QueryResult;
import io.pharos.promql.value.Scalar;
import io.pharos.server.web.dashboard.DashboardFolder.Broken;
import io.pharos.server.web.dashboard.DashboardFolder.Dashboard;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DashboardFolderTest {
  @TempDir Path path;

  private DashboardFolder folder(Path at) {
    var sources =
        new QuerySources(
            _ -> QueryResult.of(new Scalar(0, 1)),
            Optional.empty(),
            () -> {
              throw new IllegalStateException("not asked");
            });
    return new DashboardFolder(at, sources, () -> Duration.ofSeconds(15));
  }

  @Test
  void entries_brokenFiles_areNamedBesideTheDashboards() throws IOException {
    Files.writeString(path.resolve("a.json"), "{\"uid\":\"u\",\"title\":\"T\",\"panels\":[]}");
    Files.writeString(path.resolve("b.json"), "{\"uid\":");
    Files.writeString(path.resolve("c.json"), "[1]");
    Files.createDirectory(path.resolve("d.json"));
    Files.writeString(path.resolve("panels.tsv"), "x");
    assertThat(folder(path).entries())
        .extracting(
            entry ->
                switch (entry) {
                  case Dashboard dashboard -> dashboard.title();
                  case Broken broken -> broken.file() + ": " + broken.problem();
                })
        .satisfiesExactly(
            it -> assertThat(it).isEqualTo("T"),
            it -> assertThat(it).startsWith("b.json: It is not JSON: "),
            it -> assertThat(it).startsWith("c.json: It is no dashboard: expected an object"),
            it -> assertThat(it).startsWith("d.json: It can't be read: "));
    assertThat(folder(path).dashboard("u")).isPresent();
    assertThat(folder(path).dashboard("")).isEmpty();
  }

  @Test
  void panelCount_countsThoseOfCollapsedRows() throws IOException {
    Files.writeString(
        path.resolve("a.json"),
        """
        {"uid":"u","panels":[{"type":"stat"},{"type":"row","panels":[{"type":"stat"},{"type":"text"}]},
         {"type":"row","panels":[]}]}
        """);
    assertThat(folder(path).dashboard("u")).map(Dashboard::panelCount).contains(3);
  }

  @Test
  void entries_missingFolder_hasNone() {
    assertThat(folder(path.resolve("none")).entries()).isEmpty();
  }
}
