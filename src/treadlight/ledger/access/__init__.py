"""Who may do what on a server: tokens, members, sign-ins, and the log of what they did."""
