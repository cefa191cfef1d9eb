package io.pharos.state.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.trouble.DamagedData;
import io.pharos.trouble.StoreUnavailableException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Repeated reads of an embedded database.
class JdbcPollTest {
  private static final String SQL = "select name from notifier_state where name like ? order by 1";

  @TempDir Path folder;
  private Database database;
  private Jdbc jdbc;
  private int reads;

  @BeforeEach
  void open() {
    var damages = new DamagedData(InstantSource.system(), new SimpleMeterRegistry());
    database = Database.open(DatabaseConfig.in(folder), damages);
    jdbc = new Jdbc(database);
  }

  @AfterEach
  void close() {
    database.close();
  }

  private List<String> poll(String pattern) {
    return jdbc.poll(
        "read names",
        SQL,
        row -> {
          reads++;
          return row.getString(1);
        },
        pattern);
  }

  private void insert(String name) {
    int _ =
        jdbc.update(
            "save a name", "insert into notifier_state (name, number_value) values (?, 1)", name);
  }

  @Test
  void poll_withoutAWrite_readsOnce() {
    insert("a1");
    assertThat(poll("a%")).containsExactly("a1");
    assertThat(poll("a%")).containsExactly("a1");
    assertThat(reads).isEqualTo(1);
  }

  @Test
  void poll_afterAWriteOfAnotherObject_readsAgain() {
    assertThat(poll("a%")).isEmpty();
    int _ =
        new Jdbc(database)
            .update(
                "save a name", "insert into notifier_state (name, number_value) values ('a1', 1)");
    assertThat(poll("a%")).containsExactly("a1");
  }

  @Test
  void poll_afterAWriteThatFailed_readsAgain() {
    insert("a1");
    assertThat(poll("a%")).containsExactly("a1");
    assertThatThrownBy(() -> insert("a1")).isInstanceOf(StoreUnavailableException.class);
    assertThat(poll("a%")).containsExactly("a1");
    assertThat(reads).isEqualTo(2);
  }

  @Test
  void poll_afterTheFileWasReplaced_readsAgain() {
    insert("a1");
    assertThat(poll("a%")).containsExactly("a1");
    database.failed(new SQLException("damaged", "90030", 90030));
    assertThat(poll("a%")).isEmpty();
  }

  @Test
  void poll_ofADatabaseThatOthersWriteTo_readsEachTime() {
    insert("a1");
    DatabaseConfig own = DatabaseConfig.in(folder);
    var shared = new DatabaseConfig(own.dialect(), own.jdbcUrl(), own.user(), "", Optional.empty());
    var damages = new DamagedData(InstantSource.system(), new SimpleMeterRegistry());
    try (Database opened = Database.open(shared, damages)) {
      jdbc = new Jdbc(opened);
      assertThat(poll("a%")).containsExactly("a1");
      assertThat(poll("a%")).containsExactly("a1");
      assertThat(reads).isEqualTo(2);
    }
  }

  @Test
  void poll_withOtherValues_readsAgain() {
    insert("a1");
    insert("b1");
    assertThat(poll("a%")).containsExactly("a1");
    assertThat(poll("b%")).containsExactly("b1");
    assertThat(poll("a%")).containsExactly("a1");
  }
}
