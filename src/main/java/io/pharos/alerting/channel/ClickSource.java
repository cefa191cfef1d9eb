package io.pharos.alerting.channel;

import java.io.IOException;

/// Receives the clicks on the buttons of one bot or app over a connection that Pharos opens.
public interface ClickSource {
  /// Receives clicks for a while: a poll, or one connection until it must be opened anew.
  ///
  /// @throws IOException if the service refuses or does not answer; without secrets only after
  ///   [SecretMask]
  void listen(Listener listener) throws IOException, InterruptedException;

  /// Returns a value that is equal for sources of the same bot or app.
  Object identity();

  /// Whether the service allows a single receiver at a time.
  boolean isExclusive();

  /// A click on a button.
  ///
  /// @param service type of the channel, such as `telegram`
  /// @param data what the button contains
  /// @param chat id of the chat of the message
  /// @param user id of the person in the service
  /// @param name the name that the service shows for the person; may be empty
  record Click(String service, String data, String chat, String user, String name) {}

  /// Acts on clicks.
  interface Listener {
    /// Acts on a click, within three seconds.
    ///
    /// @return the sentence that the person is shown
    String clicked(Click click);

    /// Notes that the service has answered.
    void heard();
  }
}
