package io.pharos.state.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;

class JdbcEpisodesTest {
  private static final Path SCHEMA = Path.of("src/main/resources/db/migration/V14__episodes.sql");

  /// Each new episode is looked up: a storm over a long history would read it once per group.
  @Test
  void lookUpOfANewEpisode_readsNoWholeTable() throws Exception {
    try (Connection connection =
        DriverManager.getConnection("jdbc:h2:mem:lookup;MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE")) {
      try (var schema = connection.createStatement()) {
        schema.execute(Files.readString(SCHEMA));
      }
      assertThat(plan(connection, "select number from episodes where title = 'x'"))
          .contains("tableScan");
      assertThat(
              plan(
                  connection,
                  JdbcEpisodes.EXISTING.replaceAll("= \\?$", "= 5").replace("?", "'a'")))
          .doesNotContain("tableScan")
          .contains("open_hash = 'a'", "group_hash = 'a'");
    }
  }

  private static String plan(Connection connection, String query) throws SQLException {
    try (var statement = connection.createStatement();
        ResultSet plan = statement.executeQuery("explain " + query)) {
      plan.next();
      return plan.getString(1);
    }
  }
}
