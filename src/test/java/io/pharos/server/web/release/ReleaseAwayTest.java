package io.pharos.server.web.release;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.trouble.StoreUnavailableException;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.ws.rs.core.Response;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The page while the store of releases is unavailable.
@QuarkusTest
@Tag("slow")
class ReleaseAwayTest {
  @Test
  void unlessAway_unavailableStore_isUnknownAndSaysWhy() {
    Response page =
        ReleaseAway.unlessAway(
            "Releases",
            () -> {
              throw new StoreUnavailableException("<b>the disk is full</b>", null);
            });
    assertThat(page.getStatus()).isEqualTo(503);
    assertThat(page.getEntity().toString())
        .contains("the releases are unknown", "&lt;b&gt;the disk is full", "verdict unknown");
  }
}
