package io.pharos.rollout.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.rollout.agent.BalancedServer.Check;
import io.pharos.rollout.agent.BalancedServer.Service;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WeightChangesTest {
  /// `blue 100` is healthy, `blue 100!` is not, `blue 100?` only to HAProxy.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          blue 100, green 0     | blue 95, green 5   | green 5, blue 95  | the rising one first
          blue 95, green 5      | blue 95, green 5   |                   | nothing to do
          blue 100, green 0!    | blue 95, green 5   | blue 95           | not to who is not healthy
          blue 100, green 0?    | blue 0, green 100  |                   | nor to who answers HAProxy only
          blue 100, green 0!    | blue 0, green 100  |                   | nobody is taken the last server
          blue 0!, green 5      | blue 100, green 0  |                   | not even a bad one
          blue 100!, green 0    | blue 95, green 5   | green 5, blue 95  | who is healthy may serve
          blue 75?, green 25    | blue 95, green 5   | green 5           | who serves goes on
          blue 100!, green 100! | blue 95, green 5   |                   | nobody is there: all stays
          blue 100, green 50    | blue 100           |                   | a server that is not named
          blue 100              | blue 95, green 5   | blue 95           | a server that is not there
          blue 100, green 0     | blue 0, green 0    |                   | nothing at all is no aim
          """)
  void weights_moveSoThatSomebodyServes(
      String servers, String wanted, String expected, String why) {
    var seen = new TreeMap<String, BalancedServer>();
    var healthy = new HashSet<String>();
    for (String part : servers.split(", ")) {
      String[] words = part.split(" ");
      int weight = Integer.parseInt(words[1].replaceAll("\\D", ""));
      boolean up = !words[1].endsWith("!");
      seen.put(
          words[0],
          new BalancedServer(words[0], up ? Check.UP : Check.DOWN, Service.READY, weight, 0));
      if (up && !words[1].endsWith("?")) {
        healthy.add(words[0]);
      }
    }
    assertThat(WeightChanges.changes(seen, healthy, weights(wanted)))
        .as(why)
        .containsExactlyEntriesOf(weights(expected));
  }

  private static Map<String, Integer> weights(String text) {
    var weights = new LinkedHashMap<String, Integer>();
    if (text != null) {
      Arrays.stream(text.split(", "))
          .map(part -> part.split(" "))
          .forEach(words -> weights.put(words[0], Integer.parseInt(words[1])));
    }
    return weights;
  }
}
