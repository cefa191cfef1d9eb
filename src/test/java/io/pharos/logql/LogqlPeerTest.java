package io.pharos.logql;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.logql.LogqlQueryTest.Case;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Compares the parser with Grafana's grammar.
@Tag("peer")
class LogqlPeerTest {
  @Test
  void queries_areReadAsGrafanasGrammarReadsThem_butWhereTheFileSaysOtherwise() throws Exception {
    List<Case> cases = LogqlQueryTest.cases();
    List<String> verdicts = LogqlGrammar.verdicts(cases.stream().map(Case::query).toList());
    var otherwise = new ArrayList<String>();
    for (int i = 0; i < cases.size(); i++) {
      Case one = cases.get(i);
      if (verdicts.get(i).equals("ok") == (one.isGood() == one.differs())) {
        otherwise.add(verdicts.get(i) + ": " + one.query());
      }
    }
    assertThat(otherwise).isEmpty();
  }
}
