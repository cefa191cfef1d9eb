/// Cards in chats: one message per episode, which is edited and has buttons, and the connections
/// over which the clicks arrive.
@NullMarked
package io.pharos.oncall.chat;

import org.jspecify.annotations.NullMarked;
