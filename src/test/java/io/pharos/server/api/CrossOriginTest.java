package io.pharos.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.access.CorsOrigin;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CrossOriginTest {
  private static CrossOrigin allowing(String regex) {
    return new CrossOrigin(new ApiSwitches(true, true, CorsOrigin.of(regex)));
  }

  @Test
  void headers_forAnySite_nameNone() {
    assertThat(allowing(".*").headers("https://grafana.example"))
        .containsEntry("Access-Control-Allow-Origin", "*")
        .containsEntry("Access-Control-Allow-Methods", "GET, POST, OPTIONS")
        .containsEntry(
            "Access-Control-Allow-Headers", "Accept, Authorization, Content-Type, Origin")
        .containsEntry("Access-Control-Expose-Headers", "Date");
  }

  @Test
  void headers_forListedSites_nameTheSite() {
    CrossOrigin some = allowing("https?://(grafana|pages)\\.example");
    assertThat(some.headers("https://pages.example"))
        .containsEntry("Access-Control-Allow-Origin", "https://pages.example");
    assertThat(some.headers("https://pages.example.evil"))
        .doesNotContainKey("Access-Control-Allow-Origin");
    assertThat(some.headers("x")).doesNotContainKey("Access-Control-Allow-Origin");
  }

  @Test
  void headers_neverLetCredentialsAlong() {
    assertThat(allowing("x").headers("x")).doesNotContainKey("Access-Control-Allow-Credentials");
    assertThat(allowing(".*").headers(null)).isEmpty();
    assertThat(allowing(".*").headers("")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/api/v1/query", "/api/v1/label/job/values", "/api/v1/status/config"})
  void reads_ofPrometheusApi_areCovered(String path) {
    assertThat(CrossOrigin.covers(path)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/api/v1/write",
        "/api/v1/read",
        "/api/v1/admin/tsdb/snapshot",
        "/api/v1/",
        "/api/v1/queryx",
        "/api/v1//query",
        "/api/v2/silences",
        "/api/pharos/v1/deployments",
        "/-/reload",
        "/silences"
      })
  void everythingElse_isNot(String path) {
    assertThat(CrossOrigin.covers(path)).isFalse();
  }
}
