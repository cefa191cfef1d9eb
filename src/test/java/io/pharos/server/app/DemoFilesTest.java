package io.pharos.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.cli.serve.ServeOptions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DemoFilesTest {
  private static String config(boolean demo) {
    return config("127.0.0.1:9096", demo);
  }

  private static String config(String address, boolean demo) {
    var options = ServeOptions.parse(List.of("--web.listen-address=" + address), Map.of(), demo);
    return VersionedFiles.read(options).prometheus().toString();
  }

  @Test
  void demoOnAnotherPort_scrapesAndAlertsItself() {
    assertThat(config(true)).contains("127.0.0.1:9096").doesNotContain("127.0.0.1:9095");
    assertThat(config(false)).contains("127.0.0.1:9095").doesNotContain("127.0.0.1:9096");
  }

  @Test
  void demoOnAnotherAddress_scrapesThatAddress() {
    assertThat(config("127.0.0.2:9096", true)).contains("127.0.0.2:9096");
    assertThat(config(":9096", true)).contains("127.0.0.1:9096");
  }
}
