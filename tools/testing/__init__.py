# SPDX-License-Identifier: Apache-2.0
"""What ./dev test is made of."""
