package io.pharos.promql.parser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pharos.Nightly;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The places that our table has for bad expressions are those that promtool gives, where it is
/// installed: a process for each row, so only at night.
@Tag("peer")
class PeerErrorsTest {
  private static final Path PROMTOOL = Path.of("/usr/bin/promtool");
  private static final Path TABLE = Path.of("src/test/resources/promql/bad.txt");
  private static final Pattern ERROR = Pattern.compile("(\\d+:\\d+): parse error: (.*)");

  /* What Prometheus 2.x does not know yet: numbers in place of durations, arithmetic in them, the
   * experimental language of 3.x, and durations in place of numbers. It reports these otherwise. */
  private static final Pattern NEWER =
      Pattern.compile(
          "mad_over|sort_by|anchored|smoothed|fill|info\\(|</|>/|start_timestamp|histogram_quantiles|ts_of|min_of|max_of"
              + "|double_exp|step\\(|^(start|end|range)\\(|\\[[^\\]]*[-+*/%(]|offset \\(|offset 1e|@ 1e|"
              + "\\[(0|x|1e300)|limit|\\d[a-z]+\\d+[a-z]*$|^1__0|^1_$");

  @Test
  void badExpressions_areRefusedWherePrometheusRefusesThem() throws Exception {
    assumeTrue(Nightly.isOn(), "runs at night");
    assumeTrue(Files.isExecutable(PROMTOOL), "no " + PROMTOOL);
    var differences = new ArrayList<String>();
    int compared = 0;
    for (String line : Files.readAllLines(TABLE).stream().skip(1).toList()) {
      int arrow = line.lastIndexOf(" => ");
      String row = line.substring(0, arrow);
      String text = row.startsWith("\"") ? row : row.replace("\\n", "\n");
      Optional<String> theirs =
          text.startsWith("-") || NEWER.matcher(text).find() ? Optional.empty() : promtool(text);
      if (theirs.isPresent()) {
        compared++;
        String ours = line.substring(arrow + 4);
        if (!ours.startsWith(theirs.get() + ": ")) {
          differences.add(text + ": " + ours + " instead of " + theirs.get());
        }
      }
    }
    assertThat(differences).isEmpty();
    assertThat(compared).isGreaterThan(200);
  }

  /// The place of the last error that promtool reports; empty where it reports none.
  private static Optional<String> promtool(String text) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(List.of(PROMTOOL.toString(), "promql", "format", "--experimental", text))
            .redirectErrorStream(true)
            .start();
    String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    process.waitFor();
    String last = output.substring(output.lastIndexOf('\n') + 1);
    Matcher matcher = ERROR.matcher(last);
    return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
  }
}
