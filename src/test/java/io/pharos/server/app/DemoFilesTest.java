package io.pharos.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.cli.serve.ServeOptions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DemoFilesTest {
  private static String config(boolean demo) {
    var options =
        ServeOptions.parse(List.of("--web.listen-address=127.0.0.1:9096"), Map.of(), demo);
    return VersionedFiles.read(options).prometheus().toString();
  }

  @Test
  void demoOnAnotherPort_scrapesAndAlertsItself() {
    assertThat(config(true)).contains("127.0.0.1:9096").doesNotContain("127.0.0.1:9095");
    assertThat(config(false)).contains("127.0.0.1:9095").doesNotContain("127.0.0.1:9096");
  }
}
